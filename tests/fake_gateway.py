"""A gateway for tests of the language server: answers what it is told to, and remembers what it was
asked.

`async with fake_gateway() as gateway:` serves it on a port of its own, in this event loop.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

import msgspec
from gateway_under_test import serving
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from understudy_protocol.completion import (
    CompletionEnd,
    CompletionRequest,
    FinishReason,
    LessonTold,
    LogprobSummary,
    Mode,
    Model,
    StreamRecord,
    TextDelta,
    Timings,
)
from understudy_protocol.errors import Problem
from understudy_protocol.events import Event, EventBatch, EventsStored
from understudy_protocol.experience import Forgotten
from understudy_protocol.outcome import OutcomeModel

TOKEN = "a-token"

Script = Callable[[CompletionRequest], AsyncGenerator[str]]


class FakeGateway:
    def __init__(self) -> None:
        self.url = ""
        self.asked: list[CompletionRequest] = []
        self.left: list[CompletionRequest] = []
        """Requests whose client hung up before the end."""
        self.batches: list[EventBatch] = []
        self.script: Script = saying("")
        self.logprob = -0.05
        self.release: str | None = None
        """That answers, with …"""
        self.outcome: OutcomeModel | None = None
        self.lessons: tuple[LessonTold, ...] = ()
        self.problem: tuple[int, Problem] | None = None
        """Every completion is refused with it."""
        self.looks = 0
        """How often it was asked which model it serves."""
        self.full = False
        """Events are refused for now."""
        self.rubbish: bytes | None = None
        """Every request is answered with it."""

    @property
    def events(self) -> list[Event]:
        return [event for batch in self.batches for event in batch.events]

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/v1/completions", self._complete, methods=["POST"]),
                Route("/v1/events", self._events, methods=["POST"]),
                Route("/v1/model", self._model),
                Route("/v1/repositories/{id}", self._forget, methods=["DELETE"]),
            ]
        )

    async def _complete(self, request: Request) -> Response:
        if (refused := self._refused(request)) is not None:
            return refused
        asked = msgspec.json.decode(await request.body(), type=CompletionRequest)
        if self.problem is not None:
            self.asked.append(asked)
            status, problem = self.problem
            return _json(problem, status)
        return StreamingResponse(self._records(asked), media_type="text/event-stream")

    async def _records(self, asked: CompletionRequest) -> AsyncGenerator[bytes]:
        # Only here: of a client that hangs up before this, nobody would know that it left.
        self.asked.append(asked)
        text, done = "", False
        try:
            async with contextlib.aclosing(self.script(asked)) as parts:
                async for part in parts:
                    text += part
                    yield _record(TextDelta(part))
            yield _record(self._end(asked, text))
            done = True
        finally:
            if not done:
                self.left.append(asked)

    def _end(self, asked: CompletionRequest, text: str) -> CompletionEnd:
        return CompletionEnd(
            id=asked.id or "",  # pyright: ignore[reportArgumentType]
            text=text,
            finish=FinishReason.LINE if asked.mode is Mode.LINE else FinishReason.SCOPE,
            model="fake",
            fim_format="prompter",
            release=self.release,
            prompt_tokens=1,
            remembered=asked.remember,
            logprobs=LogprobSummary(tokens=3, mean=self.logprob, lowest=-1.0, first=-0.1),
            timings=Timings(admitted_ms=0, rendered_ms=0, first_text_ms=1, total_ms=2),
            lessons=self.lessons,
        )

    async def _events(self, request: Request) -> Response:
        if (refused := self._refused(request)) is not None:
            return refused
        if self.full:
            return _json(Problem("store", "The disk is full.", "Make room."), 507)
        batch = msgspec.json.decode(await request.body(), type=EventBatch)
        self.batches.append(batch)
        return _json(EventsStored(stored=len(batch.events), known=0))

    async def _model(self, request: Request) -> Response:
        self.looks += 1
        refused = self._refused(request)
        named = "repository" in request.query_params
        model = Model(
            name="fake",
            fingerprint="0",
            fim_format="prompter",
            context=2048,
            ready=True,
            release=self.release if named else None,
            outcome=self.outcome if named else None,
        )
        return refused or _json(model)

    async def _forget(self, request: Request) -> Response:
        return self._refused(request) or _json(Forgotten(completions=1, events=2))

    def _refused(self, request: Request) -> Response | None:
        if self.rubbish is not None:
            return Response(self.rubbish, media_type="text/html")
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return _json(Problem("no-token", "The token is wrong.", "Give the right one."), 401)
        return None


def saying(*parts: str, pause_s: float = 0.0) -> Script:
    """Always the same text, in parts."""

    async def script(asked: CompletionRequest) -> AsyncGenerator[str]:
        for part in parts:
            await asyncio.sleep(pause_s)
            if part:
                yield part

    return script


@asynccontextmanager
async def fake_gateway() -> AsyncGenerator[FakeGateway]:
    gateway = FakeGateway()
    async with serving(gateway.app()) as url:
        gateway.url = url
        yield gateway


def _record(record: StreamRecord) -> bytes:
    tag = str(record.__struct_config__.tag)
    return f"event: {tag}\ndata: ".encode() + msgspec.json.encode(record) + b"\n\n"


def _json(value: object, status: int = 200) -> Response:
    return Response(msgspec.json.encode(value), status, media_type="application/json")
