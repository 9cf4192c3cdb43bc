"""The text of all files, in segments: a few large ones, and small ones for what changed since.

A file's row names the segment that has its text. To merge segments is to say that the texts in
them have none: they are then written to new ones, and a segment that no row names is deleted. So
nothing has to be put in order after a kill.
"""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

from understudy_lsp.index.jobs import Failed, Save, Saved
from understudy_lsp.index.workers import Workers
from understudy_lsp.index.writing import transaction

SEGMENT_BYTES = 2 << 20
"""Of source. A segment takes twenty times its text in memory to write."""

SMALL_BYTES = SEGMENT_BYTES // 4
MAX_SMALL = 8
"""So many small segments are kept; each costs every search ten microseconds."""

_SUFFIX = ".segment"


def segments_on_disk(folder: Path) -> tuple[str, ...]:
    """Names, the newest first."""
    return tuple(sorted((file.name for file in folder.glob(f"*{_SUFFIX}")), reverse=True))


def save_texts(database: sqlite3.Connection, folder: Path, workers: Workers) -> None:
    """Write the texts that no segment has, and tidy up. Raises OSError if the disk does not take
    them."""
    _merge(database)
    for job, answer in workers.answers(list(_jobs(database, folder))):
        if isinstance(answer, Saved):
            number = int(job.segment.removesuffix(_SUFFIX))
            with transaction(database):
                database.executemany(
                    "UPDATE files SET segment = ? WHERE path = ?",
                    ((number, path) for path in job.paths),
                )
        elif isinstance(answer, Failed) and not answer.died:
            raise OSError("a segment could not be written")
    used = {number for (number,) in database.execute("SELECT DISTINCT segment FROM files")}
    for name in segments_on_disk(folder):
        if int(name.removesuffix(_SUFFIX)) not in used:
            (folder / name).unlink(missing_ok=True)


def _merge(database: sqlite3.Connection) -> None:
    """Small are also those whose files have mostly changed or gone since."""
    small = database.execute(
        "SELECT segment FROM files WHERE segment > 0 GROUP BY segment HAVING sum(size) < ?",
        (SMALL_BYTES,),
    ).fetchall()
    if len(small) > MAX_SMALL:
        with transaction(database):
            database.executemany("UPDATE files SET segment = NULL WHERE segment = ?", small)


def _jobs(database: sqlite3.Connection, folder: Path) -> Iterator[Save]:
    newest = next((int(name.removesuffix(_SUFFIX)) for name in segments_on_disk(folder)), 0)
    paths: list[str] = []
    total = 0
    unsaved = "SELECT path, size FROM files WHERE segment IS NULL ORDER BY path"
    for path, size in database.execute(unsaved):
        if paths and total + size > SEGMENT_BYTES:
            newest += 1
            yield Save(_name(newest), tuple(paths))
            paths, total = [], 0
        paths.append(path)
        total += size
    if paths:
        yield Save(_name(newest + 1), tuple(paths))


def _name(number: int) -> str:
    return f"{number:010}{_SUFFIX}"
