"""Changes to the index, for the one process that makes them."""

import sqlite3
from collections.abc import Generator, Iterable
from contextlib import contextmanager

from understudy_lsp.index.facts import Progress
from understudy_lsp.index.jobs import Known
from understudy_protocol.languages import language_of


@contextmanager
def transaction(database: sqlite3.Connection) -> Generator[None]:
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        database.execute("ROLLBACK")
        raise
    database.execute("COMMIT")


def put(database: sqlite3.Connection, known: Known) -> None:
    """All that is known of one file, in place of what was."""
    file, facts = known.file, known.facts
    forget(database, [file.path])
    row = database.execute(
        "INSERT INTO files (path, backwards, language, size, mtime_ns, segment)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (
            file.path,
            backwards(file.path),
            language_of(file.path) or "",
            file.size,
            file.mtime_ns,
            None if facts else 0,
        ),
    )
    if facts is None:
        return
    database.executemany(
        "INSERT INTO definitions VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (
                row.lastrowid,
                each.name,
                each.kind,
                each.container,
                each.start_line,
                each.end_line,
                each.signature,
                each.doc,
            )
            for each in facts.definitions
        ),
    )
    database.executemany(
        "INSERT INTO imports VALUES (?, ?, ?, ?)",
        ((row.lastrowid, each.name, each.module, each.item) for each in facts.imports),
    )


def forget(database: sqlite3.Connection, paths: Iterable[str]) -> None:
    for path in paths:
        for (file,) in database.execute("SELECT id FROM files WHERE path = ?", (path,)).fetchall():
            database.execute("DELETE FROM definitions WHERE file = ?", (file,))
            database.execute("DELETE FROM imports WHERE file = ?", (file,))
            database.execute("DELETE FROM files WHERE id = ?", (file,))


def tell(database: sqlite3.Connection, progress: Progress) -> None:
    """For language servers that wait for the lock."""
    database.execute(
        "UPDATE state SET files_done = ?, files_total = ?, ready = ?, trouble = ?",
        (progress.files_done, progress.files_total, progress.ready, progress.trouble),
    )


def backwards(path: str) -> str:
    """`c.py/b/a` for `a/b/c.py`."""
    return "/".join(reversed(path.split("/")))
