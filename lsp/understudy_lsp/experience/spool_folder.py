"""The spool on disk: what waits for the gateway, oldest first, within a bound.

A process writes into files of its own and takes over those of the dead by copying them; a kill
between copying and deleting leaves lines twice, which their ids make harmless. Everything here
blocks and is safe to call from any thread.
"""

import logging
from collections.abc import Container, Sequence
from pathlib import Path
from threading import Lock

from understudy_lsp.experience.spool_file import SpoolFile, adopt, create

FILE_BYTES = 1_000_000
"""A file that is larger is not written to any more, so that the bound can be kept by deleting."""

MAX_BYTES = 32_000_000
"""What may wait on disk: months of one person's events while no gateway runs."""

MAX_UNWRITTEN = 4_000_000
"""Bytes that may wait in memory while the disk takes nothing."""

_log = logging.getLogger(__name__)


class SpoolFolder:
    def __init__(self, folder: Path, *, max_bytes: int = MAX_BYTES) -> None:
        self.dropped = 0
        """Lines given up because too much waited."""
        self._folder = folder
        self._max_bytes = max_bytes
        self._files: list[SpoolFile] = []
        """Oldest first; the last one is written to."""
        self._unwritten: list[bytes] = []
        self._lock = Lock()

    @property
    def waiting(self) -> int:
        return sum(file.count for file in self._files) + len(self._unwritten)

    def write(self, lines: Sequence[bytes]) -> None:
        """Returns when the lines are on disk, or, if it takes nothing, in memory."""
        with self._lock:
            self._unwritten += lines
            if not self._unwritten:
                return
            try:
                self._append(self._unwritten)
                self._unwritten = []
            except OSError as error:
                _log.warning("events wait in memory: %s", error.strerror)
            self._bound()

    def adopt(self) -> None:
        """Take over what language servers have left that died or ended."""
        with self._lock:
            try:
                for file in adopt(self._folder):
                    self._take_over(file)
            except OSError as error:
                _log.warning("events of other processes have to wait: %s", error.strerror)
            self._bound()

    def files(self) -> list[SpoolFile]:
        with self._lock:
            return list(self._files)

    def read(self, file: SpoolFile | None) -> list[bytes]:
        """The lines of a file, or of None: those that wait in memory."""
        with self._lock:
            if file is None:
                return list(self._unwritten)
            return file.lines() if file in self._files else []

    def settle(self, file: SpoolFile | None, done: Container[bytes]) -> None:
        """The lines in `done`, of those that were read, are deleted."""
        with self._lock:
            if file is None:
                self._unwritten = [line for line in self._unwritten if line not in done]
            elif file in self._files:
                left = [line for line in file.lines() if line not in done]
                try:
                    file.keep(left)
                except OSError as error:
                    # They are sent again, which does no harm.
                    _log.warning("delivered events stay on disk: %s", error.strerror)
                    return
                if not left:
                    self._files.remove(file)

    def close(self) -> None:
        """Leave the files to whoever comes next."""
        with self._lock:
            for file in self._files:
                file.let_go()
            self.dropped += len(self._unwritten)
            self._files, self._unwritten = [], []

    def _take_over(self, file: SpoolFile) -> None:
        try:
            if lines := file.lines():
                self._append(lines)
        except OSError:
            file.let_go()
            raise
        file.delete()

    def _append(self, lines: Sequence[bytes]) -> None:
        if not self._files or self._files[-1].size >= FILE_BYTES:
            self._files.append(create(self._folder))
        self._files[-1].append(lines)

    def _bound(self) -> None:
        while len(self._files) > 1 and sum(file.size for file in self._files) > self._max_bytes:
            oldest = self._files.pop(0)
            self.dropped += oldest.count
            oldest.delete()
        waiting = sum(map(len, self._unwritten))
        while waiting > MAX_UNWRITTEN:
            waiting -= len(self._unwritten.pop(0))
            self.dropped += 1
