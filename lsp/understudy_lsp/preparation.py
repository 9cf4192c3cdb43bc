"""What a request would have to work out first is worked out once a key has passed in silence.

Editors ask at once, or after a pause of their own (Neovim 200 ms). Whoever asks at once has it done
while the wait for the next key runs (`debounce`); for the others it is done here, in their pause.
"""

import asyncio
from typing import TYPE_CHECKING

from understudy_lsp import clock
from understudy_lsp.document import Document
from understudy_lsp.eagerness import Eagerness
from understudy_lsp.folders import Folder
from understudy_lsp.outlook import Outlook
from understudy_lsp.snapshot import Snapshot
from understudy_protocol.completion import Mode

if TYPE_CHECKING:
    from understudy_lsp.session import Session

SILENCE_S = 0.03
"""After a key. An editor that asks at once has asked by then, and waits for nothing of this."""

FRESH_S = 2.0
"""After which other documents, and the index, may have changed so much that it is done anew."""


class Preparation:
    """Of the cursor that was seen last."""

    def __init__(self, session: "Session") -> None:
        self._session = session
        self.last: Outlook | None = None
        """What was worked out last."""
        self._soon: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None

    def outlook(self, folder: Folder, snapshot: Snapshot) -> Outlook:
        """For a request, which has come: nothing need be prepared any more."""
        self.stop()
        return self._outlook(folder, snapshot)

    def key(self, document: Document, offset: int) -> None:
        """A key was pressed, and the cursor is probably at `offset` now."""
        self.stop()
        self._soon = asyncio.get_running_loop().call_later(
            SILENCE_S, self._start, document, document.version, offset
        )

    @property
    def waits(self) -> bool:
        """The key before was a moment ago."""
        return self._soon is not None

    def stop(self) -> None:
        if self._soon is not None:
            self._soon.cancel()
            self._soon = None
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def forget(self, uri: str) -> None:
        """The document was closed."""
        if self.last is not None and self.last.snapshot.uri == uri:
            self.last = None

    def _outlook(self, folder: Folder, snapshot: Snapshot) -> Outlook:
        last, now = self.last, clock.now()
        if (
            last is None
            or last.snapshot != snapshot
            or last.folder is not folder
            or now - last.at > FRESH_S
        ):
            tree = self._session.trees.tree(snapshot)
            line = self._session.documents.line(snapshot)
            self.last = last = Outlook(folder, snapshot, tree, line=line, at=now)
        return last

    def _start(self, document: Document, version: int, offset: int) -> None:
        self._soon = None
        session = self._session
        is_open = session.documents.get(document.uri) is document and document.version == version
        folder = session.folders.of(document.uri)
        if not is_open or folder is None or session.settings.eagerness is Eagerness.MANUAL:
            return
        snapshot = session.documents.snapshot_at(document, offset)
        self._task = session.spawn(self._prepare(folder, snapshot))

    async def _prepare(self, folder: Folder, snapshot: Snapshot) -> None:
        """Step by step, so that a key waits for one of them at most."""
        session, settings = self._session, self._session.settings
        if not settings.enabled or not settings.speaks(snapshot.language):
            return
        if not folder.index.allowed(snapshot.path):
            return
        outlook = self._outlook(folder, snapshot)
        _ = outlook.hole
        await asyncio.sleep(0)
        outlook.look_around()
        if session.cache.find(snapshot, mode=Mode.LINE, now=clock.now()) is not None:
            return
        await asyncio.sleep(0)
        copy = outlook.prepare_copy(session.documents) if settings.sources.copies else None
        await asyncio.sleep(0)
        if not settings.sources.model:
            return
        _ = outlook.names
        await asyncio.sleep(0)
        if settings.sources.snippets:
            outlook.gathered(copy)
        session.spawn(session.gateway.warm())  # goes on when the request comes meanwhile
