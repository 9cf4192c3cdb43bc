"""Writing files so that a crash at any moment leaves the old content or the new, never a part."""

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path


def replace_file(path: Path, content: bytes) -> None:
    """Content becomes visible at once and survives a power cut from then on.

    The caller holds `locked(path.parent)`: the temporary name is always the same, so that what a
    crash left behind is overwritten by the next writer.
    """
    temporary = path.with_name(f".{path.name}.part")
    temporary.unlink(missing_ok=True)
    write_file(temporary, content, mode=0o600)
    os.replace(temporary, path)
    sync_folder(path.parent)


def write_file(path: Path, content: bytes, *, mode: int) -> None:
    """Raises FileExistsError if there is anything at `path`, a dangling link included."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """A rename or a new file is durable only when its folder is."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def locked(folder: Path) -> Generator[None]:
    """Hold the exclusive lock on `folder` that all its writers take; the kernel frees it on death.

    Raises FileNotFoundError if there is no such folder, also if it went away while waiting.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        # Whoever held the lock may have removed the folder, and another have made it again.
        if not os.path.samestat(os.fstat(descriptor), os.stat(folder, follow_symlinks=False)):
            raise FileNotFoundError(folder)
        yield
    finally:
        os.close(descriptor)
