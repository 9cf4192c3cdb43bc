"""One file of the spool: lines that are appended by its owner, read back, and deleted.

A file is locked for as long as its owner lives, so another language server takes it over only from
the dead. Everything here blocks, and raises OSError.
"""

import fcntl
import os
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path

SUFFIX = ".jsonl"


class SpoolFile:
    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self.size = os.fstat(descriptor).st_size
        self.count = 0
        """Lines written by this process."""
        self._descriptor = descriptor

    def append(self, lines: Sequence[bytes]) -> None:
        """Returns when the lines are on disk; if it fails, none of them is."""
        try:
            rest = memoryview(b"".join(lines))
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
            os.fsync(self._descriptor)
            self.size = os.fstat(self._descriptor).st_size
            self.count += len(lines)
        except OSError:
            os.ftruncate(self._descriptor, self.size)
            raise

    def lines(self) -> list[bytes]:
        """Without a last one that has no end: whoever wrote it died, and had told nobody of it."""
        content = os.pread(self._descriptor, self.size, 0)
        return content[: content.rfind(b"\n") + 1].splitlines(keepends=True)

    def keep(self, lines: Sequence[bytes]) -> None:
        """Put `lines` in the place of what is there, all or nothing; no lines delete the file."""
        if not lines:
            self.delete()
            return
        other = create(self.path.parent)
        try:
            other.append(lines)
            os.replace(other.path, self.path)
        except OSError:
            other.delete()
            raise
        os.close(self._descriptor)
        self._descriptor, self.size, self.count = other._descriptor, other.size, other.count

    def delete(self) -> None:
        self.path.unlink(missing_ok=True)
        self.let_go()

    def let_go(self) -> None:
        """Leave the file to whoever comes next."""
        os.close(self._descriptor)


def create(folder: Path) -> SpoolFile:
    """A new file of this process."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Locked under a name that nobody looks for, so that nobody adopts it between the two calls.
    hidden = folder / f".{uuid.uuid4().hex}"
    file = _open(hidden, os.O_CREAT | os.O_EXCL)
    assert file is not None, "nobody else knows the name"
    file.path = hidden.with_name(hidden.name[1:] + SUFFIX)
    os.rename(hidden, file.path)
    return file


def adopt(folder: Path) -> Iterator[SpoolFile]:
    """The files whose owners have died, oldest first."""
    for path in sorted(folder.glob(f"*{SUFFIX}"), key=_age):
        try:
            file = _open(path, 0)
        except FileNotFoundError:
            continue
        if file is not None:
            yield file


def _age(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _open(path: Path, flags: int) -> SpoolFile | None:
    """None if another process has it, or has just deleted it."""
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | flags, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(descriptor).st_nlink > 0:
            return SpoolFile(path, descriptor)
    except BlockingIOError:
        pass
    except BaseException:
        os.close(descriptor)
        raise
    os.close(descriptor)
    return None
