"""The folders somebody works in, and what is known of each."""

import asyncio
import os
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from understudy_lsp.copying.copies import Copies
from understudy_lsp.fault import report_failure
from understudy_lsp.index.index import Index
from understudy_lsp.repository import Head, find_repository
from understudy_lsp.snippets.gatherer import Gatherer
from understudy_protocol.repository import RepositoryId

KEPT = 1024
"""Documents whose path is remembered: it takes as long to find as all that a key changes."""


class Folder:
    """A workspace folder, or the folder of a single file that belongs to none."""

    def __init__(self, root: Path, *, repository: RepositoryId, head: Head, index: Index) -> None:
        self.root = root
        self.repository = repository
        self.head = head
        self.index = index
        self.copies = Copies(index)
        self.gatherer = Gatherer(index)

    def relative(self, uri: str) -> str | None:
        """Path below the root with forward slashes; None of what lies elsewhere."""
        return _below(self.root, path_of(uri))


class Folders:
    """Those that are open. Looking one up is quick; opening one asks git and starts reading it,
    beside the event loop."""

    def __init__(self) -> None:
        self._declared: set[Path] = set()
        self._open: dict[Path, Folder] = {}
        self._opening: dict[Path, asyncio.Task[Folder]] = {}
        self._found: dict[str, tuple[Path | None, str | None]] = {}
        """The declared folder of documents, and their path in it."""
        self._homes: dict[str, Folder | None] = {}
        """The open folder of documents."""

    def __iter__(self) -> Iterator[Folder]:
        return iter(list(self._open.values()))

    def of(self, uri: str) -> Folder | None:
        """The innermost open folder that a document lies in."""
        if uri not in self._homes:
            if len(self._homes) >= KEPT:
                self._homes.clear()
            root = _innermost(path_of(uri), self._open)
            self._homes[uri] = self._open[root] if root is not None else None
        return self._homes[uri]

    def relative(self, uri: str) -> str | None:
        """Path of a document in its folder, as soon as that is declared."""
        return self._declared_for(uri)[1]

    def declare(self, root: Path) -> None:
        """The editor works in it; it is opened when there is time."""
        self._declared.add(root)
        self._found.clear()

    async def open_declared(self) -> None:
        for root in list(self._declared):
            await self.open(root)

    async def home_of(self, uri: str) -> Folder:
        """The folder of a document, opened if it is not yet: a declared one, or of a file outside
        them all the folder that it lies in. What is not saved belongs to the first."""
        path, root = path_of(uri), self._declared_for(uri)[0]
        if root is None and path is None:
            root = next(iter(self._declared), Path.home())
        return await self.open(root or (path or Path.home()).parent)

    async def open(self, root: Path) -> Folder:
        if root in self._open:
            return self._open[root]
        if root not in self._opening:
            self._opening[root] = asyncio.create_task(self._start(root))
            self._opening[root].add_done_callback(report_failure)
        return await asyncio.shield(self._opening[root])

    def close(self, root: Path) -> None:
        self._declared.discard(root)
        self._found.clear()
        self._homes.clear()
        if (folder := self._open.pop(root, None)) is not None:
            folder.index.close()

    async def close_all(self) -> None:
        # Of one that is being opened a thread may be starting the process that reads it.
        await asyncio.gather(*self._opening.values(), return_exceptions=True)
        for root in list(self._open):
            self.close(root)

    def _declared_for(self, uri: str) -> tuple[Path | None, str | None]:
        if uri not in self._found:
            if len(self._found) >= KEPT:
                self._found.clear()
            path = path_of(uri)
            root = _innermost(path, self._declared)
            self._found[uri] = (root, _below(root, path) if root else None)
        return self._found[uri]

    async def _start(self, root: Path) -> Folder:
        try:
            found = await asyncio.to_thread(find_repository, root)
            # Around a single file nothing is read: it may lie in somebody's home.
            reads = root in self._declared
            index = await asyncio.to_thread(Index.open, root, reads=reads)
            folder = Folder(root, repository=found.id, head=Head(found), index=index)
            self._open[root] = folder
            self._homes.clear()
            return folder
        finally:
            self._opening.pop(root, None)


@lru_cache(KEPT)
def _below(root: Path, path: Path | None) -> str | None:
    if path is None or not path.is_relative_to(root):
        return None
    return path.relative_to(root).as_posix()


def _innermost(path: Path | None, roots: Iterable[Path]) -> Path | None:
    inside = [root for root in roots if path is not None and path.is_relative_to(root)]
    return max(inside, key=lambda root: len(root.parts), default=None)


@lru_cache(KEPT)
def path_of(uri: str) -> Path | None:
    """The file that a `file:` URI names; None of others (`untitled:`, notebooks, …)."""
    try:
        parts = urlsplit(uri)
    except ValueError:
        return None
    if parts.scheme != "file" or not parts.path:
        return None
    # Names of files are bytes: what is not UTF-8 is kept as Python keeps it in paths.
    path = unquote(parts.path, errors="surrogateescape")
    if os.name == "nt":
        path = path.lstrip("/") if not parts.netloc else f"//{parts.netloc}{path}"
    try:
        return None if b"\0" in os.fsencode(path) else Path(path)
    except UnicodeEncodeError:  # half a surrogate pair
        return None
