"""Everything that is open in one editor, and who has to be told of what happens to it."""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from typing import Any, Protocol

import httpx
import msgspec

from understudy_lsp import clock, paths
from understudy_lsp.alternatives import Choices
from understudy_lsp.attention import Attention
from understudy_lsp.consent import Answer, Consents
from understudy_lsp.debounce import Debounce
from understudy_lsp.document import Document
from understudy_lsp.experience.fact import copied_completion
from understudy_lsp.experience.moment import Moment, this_moment
from understudy_lsp.experience.spool import Spool
from understudy_lsp.experience.telling import About
from understudy_lsp.experience.tracker import Tracker
from understudy_lsp.fault import report, report_failure
from understudy_lsp.folders import Folder, Folders, path_of
from understudy_lsp.gateway import Gateway, find_gateway
from understudy_lsp.hole.trees import SyntaxTrees
from understudy_lsp.journal import Journal
from understudy_lsp.open_documents import OpenDocuments
from understudy_lsp.options import Settings
from understudy_lsp.outcome_models import OutcomeModels
from understudy_lsp.preparation import Preparation
from understudy_lsp.prospects import Prospects
from understudy_lsp.reuse.cache import SuggestionCache
from understudy_lsp.snapshot import Edit, Snapshot
from understudy_lsp.status import Status, StatusLine
from understudy_lsp.streams import Streams
from understudy_lsp.suggestion import Suggestion
from understudy_protocol.completion import CompletionEnd, CompletionId
from understudy_protocol.errors import Busy, ConfigError, UnderstudyError
from understudy_protocol.events import READ_MS, DiscardReason, Event, Ignored, Shown, Source
from understudy_protocol.repository import RepositoryId

log = logging.getLogger(__name__)

UNSHOWN_S = 60.0
"""How long a completion waits to be offered, from the cache, before it counts as discarded."""

OFFERED = 64
"""Suggestions whose place is remembered, for what the editor says of them later."""


class Client(Protocol):
    """What the session tells the editor."""

    def status(self, status: Status) -> None: ...

    def grown(self, suggestion: Suggestion, *, snapshot: Snapshot, done: bool) -> None: ...

    async def may_remember(self, repository: RepositoryId) -> bool | None:
        """The person's answer; None if there is none."""
        ...


class Refresh(msgspec.Struct, frozen=True):
    """A request that the editor was told to make, because a suggestion has grown."""

    uri: str
    version: int
    offset: int
    manual: bool
    """The suggestion was asked for by hand."""


class Session:
    def __init__(
        self, client: Client, *, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        folder = paths.editing_dir()
        self.client = client
        self.settings = Settings()
        self.folders = Folders()
        self.documents = OpenDocuments(self.folders)
        self.trees = SyntaxTrees()
        self.preparation = Preparation(self)
        self.cache = SuggestionCache()
        self.debounce = Debounce()
        self.attention = Attention()
        self.tracker = Tracker(self.documents.text_of)
        self.journal = Journal(folder / "journal.json")
        self.consents = Consents(folder / "consent.json")
        self.status = StatusLine(client.status)
        self.gateway = Gateway(lambda: find_gateway(self.settings.gateway), transport=transport)
        self.prospects = Prospects()
        self.outcomes = OutcomeModels(self.gateway.model)
        self.spool = Spool(folder / "spool", deliver=self.gateway.report, agreed=self.remembers)
        self.streams = Streams(self.gateway, self.cache, self.debounce, self)
        self.last_end: CompletionEnd | None = None
        self.wrong_setting: ConfigError | None = None
        self.stumbled = False
        """A request failed since the gateway was last looked at."""
        self.requests: dict[str, asyncio.Task[Any]] = {}
        self.choices = Choices(self)
        self._offered: dict[CompletionId, Suggestion] = {}
        self._live: dict[str, CompletionId] = {}
        self._closing: asyncio.Task[None] | None = None
        self._refresh: Refresh | None = None
        self._unshown: dict[CompletionId, tuple[RepositoryId, float]] = {}
        self._asked: set[RepositoryId] = set()
        self._agreed: set[RepositoryId] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._later: deque[Callable[[], object]] = deque()

    # Documents

    def opened(self, document: Document) -> None:
        self.documents[document.uri] = document
        self.tracker.opened(document.uri)

    def changed(self, document: Document, edits: Sequence[Edit]) -> None:
        """After every `didChange`: a key must get through here in no time."""
        uri, moment = document.uri, this_moment()
        text = document.text
        self.documents.touch(uri)
        for edit in edits:
            self.attention.edited(uri, edit, text=text, now=moment.now)
        self.debounce.key(moment.now)
        self.keep(self.tracker.edited(uri, edits, moment=moment))
        if edits:
            end = edits[-1].start + len(edits[-1].inserted)
            self.preparation.key(document, end)
            if self.streams.of(uri) is not None:
                # Stops a request that disagrees with the key: the engine is free for the next one.
                self.streams.joinable(self.documents.snapshot_at(document, end))
        if (folder := self.folders.of(uri)) is not None:
            folder.gatherer.edited(folder.relative(uri) or "", edits, text=text, now=moment.now)

    def closed(self, uri: str) -> None:
        self.documents.pop(uri, None)
        self._live.pop(uri, None)
        if (request := self.requests.pop(uri, None)) is not None:
            request.cancel()  # it is answered with nothing
        self.spawn(self._closed_in_tracker(uri))
        self.streams.closed(uri)
        self.trees.forget(uri)
        self.preparation.forget(uri)
        self.cache.closed(uri)
        self.attention.closed(uri)

    async def _closed_in_tracker(self, uri: str) -> None:
        """What was accepted in a document that is closed is looked for in the file."""
        on_disk = await asyncio.to_thread(_text_on_disk, uri)
        if uri not in self.documents:  # it may have been opened again
            self.keep(self.tracker.closed(uri, on_disk=on_disk, moment=this_moment()))

    def moved(self, document: Document, offset: int) -> None:
        """The cursor is there, by the editor's own word."""
        self.documents.touch(document.uri)
        self.later(partial(self._followed, document, offset, moment=this_moment()))

    def _followed(self, document: Document, offset: int, *, moment: Moment) -> None:
        self.keep(self.tracker.cursor(document.uri, offset, moment=moment))
        if (folder := self.folders.of(document.uri)) is not None:
            path = folder.relative(document.uri)
            folder.gatherer.visited(path or "", offset, text=document.text, now=moment.now)

    # Suggestions

    def offered(
        self, suggestion: Suggestion, snapshot: Snapshot, folder: Folder, *, moment: Moment
    ) -> None:
        self._unshown.pop(suggestion.completion, None)
        self._live[suggestion.uri] = suggestion.completion
        self._offered[suggestion.completion] = suggestion
        if len(self._offered) > OFFERED:
            del self._offered[next(iter(self._offered))]
        if suggestion.source is Source.COPY and self.remembers(folder.repository):
            self.spool.put([copied_completion(suggestion, snapshot, folder.repository)])
        self.keep(self.tracker.offered(suggestion, folder.repository, moment=moment))
        self._ask_consent(folder.repository)

    def offer_of(self, completion: CompletionId) -> Suggestion | None:
        """What was offered last of a completion."""
        return self._offered.get(completion)

    def is_last(self, suggestion: Suggestion) -> bool:
        """Whether it is the document's last."""
        return self._live.get(suggestion.uri) == suggestion.completion

    def stands(self, snapshot: Snapshot, suggestion: Suggestion) -> bool:
        """Whether it can still be on the screen: it is the document's last, and nothing was typed
        since."""
        return self.is_last(suggestion) and self.is_current(snapshot)

    def is_current(self, snapshot: Snapshot) -> bool:
        """Whether nothing was typed since."""
        document = self.documents.get(snapshot.uri)
        return document is not None and document.version == snapshot.version

    def refused(self, completion: CompletionId) -> None:
        """The person wants no more of it: it neither grows nor comes back by itself."""
        self.cache.drop(completion)
        self.streams.drop(completion)
        self.choices.decided()
        self._refresh = None
        if (offered := self.offer_of(completion)) is not None and self.is_last(offered):
            del self._live[offered.uri]

    def refresh(self, snapshot: Snapshot, *, manual: bool) -> None:
        """The editor is about to ask again, at this place, because we told it to."""
        self._refresh = Refresh(snapshot.uri, snapshot.version, snapshot.offset, manual)

    def refreshes(self, snapshot: Snapshot) -> Refresh | None:
        """Whether a request is that one, which it is once: whoever asks there again means it."""
        refresh, self._refresh = self._refresh, None
        here = (snapshot.uri, snapshot.version, snapshot.offset)
        is_it = refresh is not None and (refresh.uri, refresh.version, refresh.offset) == here
        return refresh if is_it else None

    def keep(self, events: Sequence[Event]) -> None:
        """Experience of those repositories whose people agreed; our own manners learn of all."""
        read = {event.completion for event in events if _was_read(event)}
        if any(isinstance(event, Ignored) and event.completion in read for event in events):
            self.attention.ignored(clock.now())
        self.prospects.lately.heard(events)
        agreed = [event for event in events if self.remembers(event.repository)]
        if agreed:
            self.spool.put(agreed)

    def remembers(self, repository: RepositoryId) -> bool:
        return self.consents.answer(repository) is Answer.YES

    # What nobody waits for

    def later(self, work: Callable[[], object]) -> None:
        """Once an answer that is ready has been sent, or the gateway been asked for one, but before
        anything else of the editor is dealt with."""
        self._later.append(work)
        loop = asyncio.get_running_loop()
        loop.call_soon(loop.call_soon, self.settle)  # the gateway is asked in the next turn

    def settle(self) -> None:
        """Does now what was left for later."""
        while self._later:
            try:
                self._later.popleft()()
            except Exception as error:
                report("what follows an answer failed", error)

    # How requests end (streams.Watcher)

    def thinking(self) -> None:
        self.status.think(busy=True)

    def thought(self) -> None:
        self.status.think(busy=False)

    def answered(self, end: CompletionEnd, repository: RepositoryId) -> None:
        self.last_end = end
        self.journal.answered(end)
        self.spool.wake()
        if self.outcomes.is_news(repository, end.release):
            self.spawn(self.outcomes.look(repository))

    def failed(self, error: UnderstudyError) -> None:
        log.info("a completion failed: %s", error.code)
        self.stumbled = not isinstance(error, Busy)

    def unshown(self, completion: CompletionId, repository: RepositoryId) -> None:
        self._unshown[completion] = (repository, clock.now() + UNSHOWN_S)

    # Time

    def tick(self) -> None:
        """About once a second."""
        self.settle()
        moment = this_moment()
        self.keep(self.tracker.tick(moment=moment))
        for folder in self.folders:
            if folder.head.committed():
                self.keep(self.tracker.committed(folder.repository, moment=moment))
            self._forget_if_refused(folder.repository)
        if self.journal.told_to_forget():
            self._forget_unasked()
        for completion, (repository, until) in list(self._unshown.items()):
            if moment.now >= until:
                del self._unshown[completion]
                about = About(completion, repository)
                stale = self.tracker.discarded(about, reason=DiscardReason.STALE, moment=moment)
                self.keep(stale)
        if (content := self.journal.encoded()) is not None:
            self.spawn(asyncio.to_thread(self.journal.save, content))

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Beside everything else; held, because the loop itself holds tasks weakly."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(report_failure)
        return task

    async def close(self) -> None:
        """Once, however often it is called; each call returns when it is done."""
        if self._closing is None:
            self._closing = asyncio.create_task(self._close())
        await asyncio.shield(self._closing)

    async def _close(self) -> None:
        self.settle()
        self.preparation.stop()
        for task in self._tasks:
            task.cancel()
        try:
            self.keep(self.tracker.finish(moment=this_moment()))
            await self.streams.close()
            await self.spool.close()
            await self.gateway.close()
        finally:
            await self.folders.close_all()

    def _forget_if_refused(self, repository: RepositoryId) -> None:
        """Who takes back that they agreed does not want what is still in memory either."""
        if self.remembers(repository):
            self._agreed.add(repository)
        elif repository in self._agreed:
            self._agreed.discard(repository)
            self.journal.forget(repository)

    def _forget_unasked(self) -> None:
        """Somebody said `understudy forget`, which takes the answer back, if there was one: nothing
        may come of what is still in memory."""
        for repository in {RepositoryId(entry.repository) for entry in self.journal.entries}:
            if self.consents.answer(repository) is Answer.UNASKED:
                self.journal.forget(repository)

    def _ask_consent(self, repository: RepositoryId) -> None:
        if repository in self._asked or self.consents.answer(repository) is not Answer.UNASKED:
            return
        self._asked.add(repository)

        async def ask() -> None:
            with contextlib.suppress(UnderstudyError):
                answer = await self.client.may_remember(repository)
                if answer is not None:
                    self.consents.set(repository, Answer.YES if answer else Answer.NO)

        self.spawn(ask())


def _text_on_disk(uri: str) -> str | None:
    path = path_of(uri)
    try:
        return path.read_bytes().decode() if path else None
    except (OSError, UnicodeError):
        return None


def _was_read(event: Event) -> bool:
    return isinstance(event, Shown) and event.dwell_ms >= READ_MS
