"""Questions to the index, answered at once from what is on disk.

Nothing here waits for the builder or fails because of it: what cannot be read now is not known now.
"""

import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from understudy_lsp.index.counterpart import counterpart
from understudy_lsp.index.database import database_in, open_to_read
from understudy_lsp.index.facts import Definition, Import
from understudy_lsp.index.resolve import resolved
from understudy_lsp.index.writing import backwards

MAX_PATHS = 50
"""Files that are looked at for one end of a path: there may be a thousand `__init__.py`."""

_DEFINITION = """
SELECT name, kind, container, path, start_line, end_line, signature, doc
FROM definitions JOIN files ON files.id = definitions.file
"""


class Reader:
    """The index in one place. Not for several threads at a time."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._file = database_in(place)
        self._database: sqlite3.Connection | None = None
        self._opened: tuple[int, int] | None = None

    def definitions(
        self, names: Sequence[str], *, limit: int, within: Sequence[str] = ()
    ) -> list[Definition]:
        """Definitions of each of `names`, at most `limit` of each; only those in the files
        `within` if there are any."""
        found: list[Definition] = []
        for name in names:
            if within:
                marks = ", ".join("?" * len(within))
                question = f"{_DEFINITION} WHERE name = ? AND path IN ({marks}) LIMIT ?"
            else:
                question = f"{_DEFINITION} WHERE name = ? LIMIT ?"
            found += map(_definition, self._rows(question, name, *within, limit))
        return found

    def definitions_in(self, path: str) -> list[Definition]:
        """Everything that a file defines, from top to bottom."""
        question = f"{_DEFINITION} WHERE path = ? ORDER BY start_line"
        return [_definition(row) for row in self._rows(question, path)]

    def imports_of(self, path: str) -> list[Import]:
        """What a file imports, and where in the folder that may be."""
        question = (
            "SELECT language, name, module, item FROM imports JOIN files ON files.id = imports.file"
            " WHERE path = ? ORDER BY imports.rowid"
        )
        found: list[Import] = []
        for language, name, module, item in self._rows(question, path):
            written = Import(name=name, module=module, item=item)
            paths = resolved(written, path=path, language=language, paths=self)
            found.append(replace(written, paths=paths))
        return found

    def counterpart(self, path: str) -> str | None:
        """The tests of a file, or what a file of tests is about; None if none is found."""
        return counterpart(path, self)

    def outdated(self, path: str) -> bool:
        """Whether the segments may hold a text of the file that is no longer its own."""
        return not self._rows("SELECT 1 FROM files WHERE path = ? AND segment > 0", path)

    def has(self, path: str) -> bool:
        return bool(self._rows("SELECT 1 FROM files WHERE path = ?", path))

    def ending(self, end: str) -> list[str]:
        """Paths whose last names are those in `end`."""
        key = backwards(end)
        question = (
            "SELECT path FROM files WHERE backwards = ? OR backwards > ? AND backwards < ? LIMIT ?"
        )
        return [path for (path,) in self._rows(question, key, f"{key}/", f"{key}0", MAX_PATHS)]

    def inside(self, folder: str) -> list[str]:
        """Files right in `folder`."""
        begin = f"{folder}/" if folder else ""
        question = "SELECT path FROM files WHERE path > ? AND path < ? LIMIT ?"
        rows = self._rows(question, begin, f"{folder}0" if folder else "\U0010ffff", 20 * MAX_PATHS)
        return [path for (path,) in rows if "/" not in path[len(begin) :]]

    def packages(self, name: str) -> list[str]:
        """Files that declare a package of this name."""
        question = (
            "SELECT path FROM definitions JOIN files ON files.id = definitions.file"
            " WHERE name = ? AND kind = 'package' LIMIT ?"
        )
        return [path for (path,) in self._rows(question, name, MAX_PATHS)]

    def close(self) -> None:
        if self._database is not None:
            self._database.close()
        self._database = self._opened = None

    def _rows(self, question: str, *values: str | int) -> list[tuple[Any, ...]]:
        try:
            return self._connection().execute(question, values).fetchall()
        except (sqlite3.Error, OSError, UnicodeEncodeError):
            return []

    def _connection(self) -> sqlite3.Connection:
        """To the database as it is now: a damaged one is replaced by a new file."""
        status = os.stat(self._file)
        version = (status.st_dev, status.st_ino)
        if self._database is None or self._opened != version:
            self.close()
            self._database, self._opened = open_to_read(self._place), version
        return self._database


def _definition(row: tuple[Any, ...]) -> Definition:
    return Definition(**dict(zip(Definition.__struct_fields__, row, strict=True)))
