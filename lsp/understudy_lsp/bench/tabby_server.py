"""The server that tabby-agent talks to, with our gateway's model: one request is one call."""

import asyncio
from contextlib import aclosing
from typing import Any

import msgspec

from understudy_lsp.bench.http_server import Asked, Reply
from understudy_lsp.gateway import Gateway
from understudy_protocol.completion import (
    CompletionEnd,
    CompletionRequest,
    Mode,
    Snippet,
)
from understudy_protocol.errors import UnderstudyError
from understudy_protocol.repository import RepositoryId

MAX_TOKENS = 64
"""As Tabby's own server generates."""
LOOKED_FOR_S = 20.0

HEALTH: dict[str, Any] = {
    "model": "understudy",
    "chat_model": None,
    "device": "cpu",
    "arch": "x86_64",
    "cpu_info": "",
    "cpu_count": 1,
    "cuda_devices": [],
    "version": {"build_date": "", "build_timestamp": "", "git_sha": "", "git_describe": ""},
}


class _Excerpt(msgspec.Struct):
    body: str
    filepath: str = ""


class _Segments(msgspec.Struct):
    prefix: str
    suffix: str | None = None
    filepath: str | None = None
    declarations: list[_Excerpt] | None = None
    relevant_snippets_from_changed_files: list[_Excerpt] | None = None
    relevant_snippets_from_recently_opened_files: list[_Excerpt] | None = None


class _Wanted(msgspec.Struct):
    segments: _Segments
    language: str | None = None


class TabbyServer:
    def __init__(self, gateway: Gateway, repository: RepositoryId) -> None:
        self._gateway = gateway
        self._repository = repository
        self._looked_for = asyncio.Event()

    async def looked_for(self) -> None:
        """Returns once somebody has asked whether it is there. Raises TimeoutError."""
        async with asyncio.timeout(LOOKED_FOR_S):
            await self._looked_for.wait()

    async def answer(self, asked: Asked) -> Reply:
        if asked.path.endswith("/health"):
            self._looked_for.set()
            return Reply(msgspec.json.encode(HEALTH))
        if asked.path != "/v1/completions":
            return Reply()
        wanted = msgspec.json.decode(asked.body, type=_Wanted)
        try:
            text = await self._complete(wanted)
        except UnderstudyError:
            return Reply(status=503)
        choices = [{"index": 0, "text": text}]
        return Reply(msgspec.json.encode({"id": "cmpl", "choices": choices}))

    async def _complete(self, wanted: _Wanted) -> str:
        segments = wanted.segments
        request = CompletionRequest(
            repository=self._repository,
            path=segments.filepath or "untitled",
            language=wanted.language or "plaintext",
            prefix=segments.prefix,
            suffix=segments.suffix or "",
            snippets=tuple(_snippets(segments)),
            mode=Mode.BLOCK,
            max_tokens=MAX_TOKENS,
        )
        text = ""
        async with aclosing(self._gateway.complete(request)) as records:
            async for record in records:
                if isinstance(record, CompletionEnd):
                    text = record.text
        return text


def _snippets(segments: _Segments) -> list[Snippet]:
    sent = (
        segments.declarations,
        segments.relevant_snippets_from_changed_files,
        segments.relevant_snippets_from_recently_opened_files,
    )
    return [
        Snippet(path=each.filepath or "untitled", text=each.body)
        for excerpts in sent
        for each in excerpts or ()
    ]
