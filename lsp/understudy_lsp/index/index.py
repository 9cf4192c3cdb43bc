"""The index of one folder, as the language server sees it."""

import os
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from understudy_lsp.index.builder_process import BuilderProcess
from understudy_lsp.index.database import place_of, segments_in
from understudy_lsp.index.facts import Definition, Import, Progress
from understudy_lsp.index.jobs import Order
from understudy_lsp.index.reader import Reader
from understudy_lsp.index.reading import read
from understudy_lsp.index.rules import Rules
from understudy_protocol.ignore import is_plain

ALLOWED_SECONDS = 1.0
"""How long the answer to whether a file is allowed is believed: one search asks a hundred times."""

KEPT_TEXTS = 16
"""Files whose lines are kept in memory; a file of 1,000 lines takes 100 KB."""

NOWHERE = Path(os.devnull)
"""A place where there is no index."""


class Index:
    """Answers at once and from what is there; another process keeps it current.

    Paths are relative to `folder`, with forward slashes. Files that may not be used are not in
    any answer, even if they became so a moment ago.
    """

    @classmethod
    def open(cls, folder: Path, *, reads: bool = True) -> "Index":
        """Of `folder`, going on with what is on disk. Without `reads` nothing is read or known,
        and only `allowed` answers."""
        place = place_of(folder) if reads else None
        return cls(Rules(folder.absolute()), place)

    def __init__(self, rules: Rules, place: Path | None) -> None:
        self._rules = rules
        self._place = place or NOWHERE
        self._reader = Reader(self._place)
        self._builder = BuilderProcess(rules.folder, place) if place else None
        self._allowed: dict[str, bool] = {}
        self._texts: dict[str, tuple[tuple[int, int], list[str] | None]] = {}
        self._allowed_until = 0.0

    @property
    def progress(self) -> Progress:
        return self._builder.report.progress if self._builder else Progress(ready=True)

    def changed(self, paths: Iterable[str]) -> None:
        """Files at `paths` were written, made or removed. Returns at once."""
        self._allowed.clear()
        plain = tuple(path for path in paths if is_plain(path))
        if plain and self._builder:
            self._builder.order(Order(changed=plain))

    def close(self) -> None:
        """End the builder; what it has done stays on disk."""
        if self._builder:
            self._builder.close()
        self._reader.close()

    def allowed(self, path: str) -> bool:
        """Whether the file may be used at all."""
        now = time.monotonic()
        if now > self._allowed_until:
            self._allowed.clear()
            self._allowed_until = now + ALLOWED_SECONDS
        if path not in self._allowed:
            self._allowed[path] = self._rules.allowed(path)
        return self._allowed[path]

    def definitions(
        self, names: Sequence[str], *, limit: int, within: Sequence[str] = ()
    ) -> list[Definition]:
        """Definitions of each of `names`, at most `limit` of each; only those in the files
        `within` if there are any."""
        found = self._reader.definitions(names, limit=limit, within=within)
        return [definition for definition in found if self.allowed(definition.path)]

    def definitions_in(self, path: str) -> list[Definition]:
        """Everything that a file defines, from top to bottom."""
        return self._reader.definitions_in(path) if self.allowed(path) else []

    def imports_of(self, path: str) -> list[Import]:
        """What a file imports, each with the files of the folder that it may be from."""
        return self._reader.imports_of(path) if self.allowed(path) else []

    def counterpart(self, path: str) -> str | None:
        """The tests of a file, or what a file of tests is about; None if none is found."""
        found = self._reader.counterpart(path)
        return found if found and self.allowed(found) else None

    def text_of(self, path: str, first: int, last: int) -> str | None:
        """Lines `first` to `last`, from 1, of a file as it is on disk; None if it has no text or
        is not in the index."""
        if not self.allowed(path) or not self._reader.has(path):
            return None
        try:
            lines = self._lines_of(path)
        except OSError:
            return None
        return None if lines is None else "\n".join(lines[first - 1 : last])

    def _lines_of(self, path: str) -> list[str] | None:
        """Snippets are cut from a few files again and again, so those read last are kept."""
        status = os.stat(self._rules.folder / path, follow_symlinks=False)
        version = (status.st_mtime_ns, status.st_size)
        known = self._texts.pop(path, None)
        if known is None or known[0] != version:
            text = read(self._rules.folder, path).text
            known = (version, None if text is None else text.split("\n"))
        self._texts[path] = known
        while len(self._texts) > KEPT_TEXTS:
            del self._texts[next(iter(self._texts))]
        return known[1]

    def segments(self) -> tuple[Path, ...]:
        """The text of all files, for `copying`; the newest first."""
        names = self._builder.report.segments if self._builder else ()
        return tuple(segments_in(self._place) / name for name in names)

    def outdated(self, path: str) -> bool:
        """Whether the segments may hold a text of the file that is no longer its own."""
        return self._reader.outdated(path)
