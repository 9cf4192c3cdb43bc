"""The requests that run."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import cast

from understudy_lsp.debounce import Debounce
from understudy_lsp.gateway import Gateway
from understudy_lsp.reuse.cache import SuggestionCache
from understudy_lsp.snapshot import Snapshot
from understudy_lsp.streams import Stream, Streams
from understudy_protocol.completion import (
    CompletionEnd,
    CompletionId,
    CompletionRequest,
    FinishReason,
    Mode,
    StreamRecord,
    TextDelta,
    Timings,
)
from understudy_protocol.errors import UnderstudyError
from understudy_protocol.repository import RepositoryId

COMPLETION = CompletionId("0198c5a0-0000-7000-8000-000000000000")
SNAPSHOT = Snapshot(
    uri="file:///a.py", path="a.py", language="python", version=1, text="size = ", offset=7
)
REQUEST = CompletionRequest(
    repository=RepositoryId("work-0123456789abcdef"),
    path="a.py",
    language="python",
    prefix="size = ",
    suffix="",
    mode=Mode.LINE,
    max_tokens=8,
    session="s",
    id=COMPLETION,
)
END = CompletionEnd(
    id=COMPLETION,
    text="width",
    finish=FinishReason.LINE,
    model="m",
    fim_format="prompter",
    release=None,
    prompt_tokens=1,
    remembered=False,
    logprobs=None,
    timings=Timings(admitted_ms=0.0, rendered_ms=0.0, first_text_ms=0.0, total_ms=0.0),
)


class Slow:
    """A gateway that has said everything, and does not come to the end of its answer."""

    def __init__(self) -> None:
        self.over = asyncio.Event()

    async def complete(self, request: CompletionRequest) -> AsyncGenerator[StreamRecord]:
        yield TextDelta("width")
        yield END
        await self.over.wait()


class Watching:
    def __init__(self) -> None:
        self.told: list[str] = []

    def thinking(self) -> None: ...
    def thought(self) -> None: ...
    def answered(self, end: CompletionEnd, repository: RepositoryId) -> None:
        self.told.append("answered")

    def failed(self, error: UnderstudyError) -> None:
        self.told.append("failed")

    def unshown(self, completion: CompletionId, repository: RepositoryId) -> None:
        self.told.append("unshown")


@asynccontextmanager
async def running() -> AsyncGenerator[tuple[Stream, Slow, SuggestionCache, Watching]]:
    gateway, cache, watching = Slow(), SuggestionCache(), Watching()
    streams = Streams(cast(Gateway, gateway), cache, Debounce(), watching)
    stream = streams.start(SNAPSHOT, REQUEST)
    try:
        yield stream, gateway, cache, watching
    finally:
        gateway.over.set()
        await streams.close()


async def test_who_waits_has_the_text_as_soon_as_its_end_is_told() -> None:
    async with running() as (stream, _, _, watching), asyncio.timeout(10):
        left = await stream.running.until_line(SNAPSHOT)
        assert left is not None
        assert (left.text, stream.running.complete) == ("width", True)
        assert watching.told == []


async def test_who_was_offered_the_text_at_its_end_has_been_shown_it() -> None:
    async with running() as (stream, gateway, cache, watching):
        async with asyncio.timeout(10):
            await stream.running.until_line(SNAPSHOT)
        stream.offered = True
        gateway.over.set()
        assert stream.task is not None
        await stream.task
        assert watching.told == ["answered"]
        hit = cache.find(SNAPSHOT, mode=Mode.LINE, now=stream.running.answer(0.0).at)
        assert hit is not None
        assert hit.text == "width"
