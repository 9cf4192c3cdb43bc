"""The requests that run: one a document, and one that asks ahead while nobody waits."""

import asyncio
import uuid
from contextlib import aclosing
from typing import TYPE_CHECKING, Protocol

from understudy_lsp import clock
from understudy_lsp.choosing import written
from understudy_lsp.debounce import Debounce
from understudy_lsp.fault import report_failure
from understudy_lsp.journal import Part
from understudy_lsp.reuse.ahead import Ahead
from understudy_lsp.reuse.answer import Answer
from understudy_lsp.reuse.cache import SuggestionCache
from understudy_lsp.reuse.place import place_of
from understudy_lsp.reuse.running import GRACE_S, Running
from understudy_lsp.snapshot import Snapshot
from understudy_protocol.completion import (
    CompletionEnd,
    CompletionFailed,
    CompletionId,
    CompletionRequest,
    FinishReason,
    LogprobSummary,
    TextDelta,
)
from understudy_protocol.errors import Busy, EngineUnavailable, UnderstudyError
from understudy_protocol.events import Reuse
from understudy_protocol.repository import RepositoryId

if TYPE_CHECKING:
    from understudy_lsp.gateway import Gateway

THINKING_S = 0.3
"""Below that a sign that the model writes would only flicker."""

_COMPLETE = {FinishReason.LINE, FinishReason.SCOPE, FinishReason.STOP}


class Watcher(Protocol):
    """What is told of how requests end."""

    def thinking(self) -> None:
        """A request takes long enough for somebody to wonder."""
        ...

    def thought(self) -> None: ...
    def answered(self, end: CompletionEnd, repository: RepositoryId) -> None: ...
    def failed(self, error: UnderstudyError) -> None: ...
    def unshown(self, completion: CompletionId, repository: RepositoryId) -> None:
        """A completion ended that nobody has been offered yet."""
        ...


class Stream:
    """A running request and the task that reads it."""

    def __init__(self, running: Running, at: Snapshot) -> None:
        self.running = running
        self.at = at
        """The document as it was seen last: what comes has to agree with it."""
        self.task: asyncio.Task[None] | None = None
        self.end: CompletionEnd | None = None
        self.parts: tuple[Part, ...] = ()
        self.problem = ""
        self.offered = False
        self.grows_at: tuple[int, int] | None = None
        """Version and offset for which the editor is told that its text grows."""

    def wrote(self, completion: CompletionId) -> bool:
        return self.running.completion == completion

    @property
    def likelihood(self) -> float | None:
        """Of an answer of one line. What the engine tells of several lines says little of the
        first, and that may be on the screen already: it must not go away again."""
        summary = self.end.logprobs if self.end else None
        return written(summary) if summary and "\n" not in self.running.text.lstrip("\n") else None

    @property
    def logprobs(self) -> LogprobSummary | None:
        return self.end.logprobs if self.end else None


class Streams:
    def __init__(
        self, gateway: "Gateway", cache: SuggestionCache, debounce: Debounce, watcher: Watcher
    ) -> None:
        self._gateway = gateway
        self._cache = cache
        self._debounce = debounce
        self._watcher = watcher
        self._streams: dict[str, Stream] = {}
        self._sessions: dict[str, str] = {}
        self._ahead: asyncio.Task[None] | None = None

    @property
    def idle(self) -> bool:
        """Nothing of ours runs, so the engine has time for a guess."""
        waiting = any(not each.running.ended for each in self._streams.values())
        return not waiting and (self._ahead is None or self._ahead.done())

    def session(self, uri: str) -> str:
        """Requests of one document replace each other at the gateway. A random name, because the
        gateway keeps it."""
        if (known := self._sessions.get(uri)) is None:
            known = self._sessions[uri] = uuid.uuid4().hex
        return known

    def of(self, uri: str) -> Stream | None:
        return self._streams.get(uri)

    def joinable(self, snapshot: Snapshot) -> Stream | None:
        """The document's request, if its text so far agrees with what was typed; one that does not
        agree is stopped, which frees the engine."""
        stream = self._streams.get(snapshot.uri)
        if stream is None:
            return None
        if stream.running.left(snapshot) is None:
            self.stop(snapshot.uri)
            return None
        stream.at = snapshot
        return stream

    def start(self, snapshot: Snapshot, request: CompletionRequest) -> Stream:
        """In the place of the document's request before it."""
        self.stop(snapshot.uri)
        self.stop_ahead()
        assert request.id is not None
        running = Running(snapshot, completion=request.id, mode=request.mode)
        stream = Stream(running, snapshot)
        stream.task = asyncio.create_task(self._read(stream, request, asked=snapshot))
        stream.task.add_done_callback(report_failure)
        self._streams[snapshot.uri] = stream
        return stream

    def start_ahead(self, ahead: Ahead, request: CompletionRequest) -> None:
        self.stop_ahead()
        self._ahead = asyncio.create_task(self._read_ahead(ahead, request))
        self._ahead.add_done_callback(report_failure)

    def release(self, uri: str) -> None:
        """Somebody stopped waiting; if nobody waits in a moment, nobody will."""
        asyncio.get_running_loop().call_later(GRACE_S, self._stop_unwanted, uri)

    def stop(self, uri: str) -> None:
        stream = self._streams.pop(uri, None)
        if stream is not None and stream.task is not None:
            stream.task.cancel()

    def drop(self, completion: CompletionId) -> None:
        """The person does not want it."""
        for uri, stream in list(self._streams.items()):
            if stream.wrote(completion):
                self.stop(uri)

    def stop_ahead(self) -> None:
        if self._ahead is not None:
            self._ahead.cancel()
            self._ahead = None

    def closed(self, uri: str) -> None:
        self.stop(uri)
        self._sessions.pop(uri, None)

    async def close(self) -> None:
        tasks = [self._ahead, *(stream.task for stream in self._streams.values())]
        running = [task for task in tasks if task is not None]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def _stop_unwanted(self, uri: str) -> None:
        stream = self._streams.get(uri)
        if stream is not None and stream.running.unwanted and not stream.running.ended:
            self.stop(uri)

    async def _read(self, stream: Stream, request: CompletionRequest, *, asked: Snapshot) -> None:
        running, started = stream.running, clock.now()
        complete = False
        thinking = asyncio.get_running_loop().call_later(THINKING_S, self._watcher.thinking)
        try:
            async with aclosing(self._gateway.complete(request)) as records:
                async for record in records:
                    match record:
                        case TextDelta(text):
                            if not running.text:
                                self._debounce.answered(clock.now() - started)
                            running.grew(text)
                            if stream.at is not asked and running.left(stream.at) is None:
                                return
                        case CompletionEnd():
                            stream.end = record
                            complete = record.finish in _COMPLETE
                            _end(stream, complete=complete)
                            await asyncio.sleep(0)  # whoever waits for it goes first
                            self._watcher.answered(record, request.repository)
                        case CompletionFailed():
                            raise EngineUnavailable(record.problem, record.remedy)
        except UnderstudyError as error:
            stream.problem = error.problem
            self._watcher.failed(error)
        finally:
            thinking.cancel()
            if clock.now() - started >= THINKING_S:
                self._watcher.thought()
            if not running.ended:
                _end(stream, complete=complete)
            self._cache.put(running.answer(clock.now()))
            if not stream.offered:
                self._watcher.unshown(running.completion, request.repository)

    async def _read_ahead(self, ahead: Ahead, request: CompletionRequest) -> None:
        assert request.id is not None
        text, complete, logprobs = "", False, None
        try:
            async with aclosing(self._gateway.complete(request)) as records:
                async for record in records:
                    if isinstance(record, TextDelta):
                        text += record.text
                    elif isinstance(record, CompletionEnd):
                        complete, logprobs = record.finish in _COMPLETE, record.logprobs
        except Busy:
            return  # somebody else needs the engine more
        except UnderstudyError as error:
            self._watcher.failed(error)
        finally:
            if text or complete:
                answer = Answer(
                    place=place_of(ahead.accepted),
                    completion=request.id,
                    text=ahead.lead + text,
                    mode=ahead.mode,
                    complete=complete,
                    at=clock.now(),
                    reuse=Reuse.AHEAD,
                    logprobs=logprobs,
                )
                self._cache.put(answer)
            self._watcher.unshown(request.id, request.repository)


def _end(stream: Stream, *, complete: bool) -> None:
    stream.running.end(complete=complete, likelihood=stream.likelihood, logprobs=stream.logprobs)
