"""Bringing the index to what is in the folder."""

import os
import sqlite3
import stat
import time
from collections.abc import Callable, Collection, Iterable
from itertools import islice
from pathlib import Path

from understudy_lsp.index.database import segments_in
from understudy_lsp.index.facts import Progress
from understudy_lsp.index.jobs import Answer, Failed, Known, Read, Report
from understudy_lsp.index.rules import FileOnDisk, Rules
from understudy_lsp.index.segments import save_texts, segments_on_disk
from understudy_lsp.index.workers import Workers
from understudy_lsp.index.writing import forget, put, tell, transaction
from understudy_protocol.ignore import IGNORE_FILES, is_plain

MAX_FILES = 50_000
"""Those nearest to the top. So many take 300 MB of disk, and minutes."""

BATCH = 100
"""Files written in one transaction: a third of a second's work."""

NO_FOLDER = "The folder cannot be read. The index goes on with what it has and tries again."
NO_DISK = (
    "The index cannot be written. Free some space on the disk of the cache folder; it is tried"
    " again."
)


class Update:
    def __init__(
        self,
        rules: Rules,
        place: Path,
        database: sqlite3.Connection,
        *,
        workers: Workers,
        report: Callable[[Report], None],
    ) -> None:
        self._rules = rules
        self._segments = segments_in(place)
        self._database = database
        self._workers = workers
        self._report = report
        self._progress = Progress()
        self._tell()

    def everything(self) -> float:
        """Look at the whole folder, and read what changed since the index saw it; the seconds that
        the looking took. Trouble is reported and leaves the index as far as it is.

        Raises `sqlite3.DatabaseError` if somebody removed the index."""
        if not self._segments.is_dir():
            raise sqlite3.DatabaseError("the index is gone")
        began = time.monotonic()
        try:
            found = {file.path: file for file in islice(self._rules.files(), MAX_FILES)}
        except OSError:
            self._tell(trouble=NO_FOLDER)
            return 0.0
        looked = time.monotonic() - began
        rows = self._database.execute("SELECT path, size, mtime_ns FROM files")
        known = {path: FileOnDisk(path, size, mtime_ns) for path, size, mtime_ns in rows}
        stale = [file for file in found.values() if known.get(file.path) != file]
        # What was written last is what somebody works on.
        stale.sort(key=lambda file: file.mtime_ns, reverse=True)
        self._apply(stale, known.keys() - found.keys(), total=len(found), whole=True)
        return looked

    def some(self, changed: Collection[str]) -> bool:
        """The same for the files at `changed`; False if only a look at the whole folder can tell,
        as after folders or ignore files changed."""
        files: list[FileOnDisk] = []
        gone: list[str] = []
        for path in filter(is_plain, changed):
            file = self._on_disk(path)
            if path.rpartition("/")[2] in IGNORE_FILES or (not file and self._holds_files(path)):
                return False
            if file is None:
                gone.append(path)
            elif self._known(path) != file:
                files.append(file)
        self._apply(files, gone, total=self._progress.files_total, whole=False)
        return True

    def _apply(
        self, stale: list[FileOnDisk], gone: Iterable[str], *, total: int, whole: bool
    ) -> None:
        """Read `stale` files, forget those that are `gone`, and save the texts. `whole`: after
        that everything is known."""
        done, ready = max(0, total - len(stale)), self._progress.ready
        try:
            with transaction(self._database):
                forget(self._database, gone)
            self._tell(files_done=done, files_total=total, ready=ready)
            jobs = {Read(file.path): file for file in stale}
            batch: list[Known] = []
            for job, answer in self._workers.answers(jobs):
                batch.append(self._settled(job, answer, jobs[job]))
                if len(batch) == BATCH:
                    self._write(batch)
                    done += len(batch)
                    self._tell(files_done=done, files_total=total, ready=ready)
                    batch.clear()
            self._write(batch)
            save_texts(self._database, self._segments, self._workers)
            self._tell(files_done=total, files_total=total, ready=ready or whole)
        except (OSError, sqlite3.OperationalError):
            self._tell(trouble=NO_DISK)

    def _settled(self, job: Read, answer: Answer, file: FileOnDisk) -> Known:
        """What to write of a file. One that cannot be read, or that no worker survives, is one
        without text until it changes: once more is tried, as the worker may have died of
        something else."""
        if isinstance(answer, Failed):
            ((_, answer),) = self._workers.answers([job])
        return answer if isinstance(answer, Known) else Known(file, None)

    def _write(self, batch: list[Known]) -> None:
        with transaction(self._database):
            for known in batch:
                put(self._database, known)

    def _tell(
        self, *, files_done: int = 0, files_total: int = 0, ready: bool = False, trouble: str = ""
    ) -> None:
        if trouble:
            before = self._progress
            files_done, files_total = before.files_done, before.files_total
        self._progress = Progress(files_done, files_total, ready, trouble)
        try:
            tell(self._database, self._progress)
        except sqlite3.OperationalError:
            self._progress = Progress(files_done, files_total, trouble=NO_DISK)
        self._report(Report(self._progress, segments_on_disk(self._segments)))

    def _on_disk(self, path: str) -> FileOnDisk | None:
        """The file at `path` if it is to be indexed and no symbolic link leads to it."""
        if not self._rules.indexed(path):
            return None
        real = os.path.realpath(self._rules.folder)
        try:
            status = os.lstat(os.path.join(real, path))
        except OSError:
            return None
        direct = os.path.realpath(os.path.join(real, path)) == os.path.join(real, path)
        if not direct or not stat.S_ISREG(status.st_mode):
            return None
        return FileOnDisk(path, status.st_size, status.st_mtime_ns)

    def _known(self, path: str) -> FileOnDisk | None:
        asked = "SELECT path, size, mtime_ns FROM files WHERE path = ?"
        row = self._database.execute(asked, (path,)).fetchone()
        return row and FileOnDisk(*row)

    def _holds_files(self, path: str) -> bool:
        """Whether `path` is a folder, or was one."""
        asked = "SELECT 1 FROM files WHERE path > ? AND path < ?"
        return (self._rules.folder / path).is_dir() or bool(
            self._database.execute(asked, (f"{path}/", f"{path}0")).fetchone()
        )
