"""The folder of a repository's nights: for its owner alone, one night at a time, and forgotten."""

import fcntl
import os
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from understudy_protocol.errors import NightRuns

LOCK_FILE = "lock"


def private_folder(folder: Path) -> None:
    """Made with all that is missing above it, for its owner alone: `Path.mkdir` gives the mode to
    the last of them only. One that was open to others is closed."""
    for above in reversed(folder.parents):
        above.mkdir(mode=0o700, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_mode & 0o077:
        folder.chmod(0o700)


@contextmanager
def only_night(home: Path) -> Generator[None]:
    """Holds a lock in `home`, the folder of the repository's nights, that the kernel frees when its
    holder dies. Raises NightRuns if another process has a night there."""
    with alone_in(home, f"A night of {home.name} runs already"):
        yield


@contextmanager
def alone_in(home: Path, busy: str) -> Generator[None]:
    """`busy` begins the sentence for whoever comes second. Raises NightRuns."""
    private_folder(home)
    descriptor = os.open(home / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.read(descriptor, 32).decode("ascii", "replace").strip() or "unknown"
            raise NightRuns(
                f"{busy}, in process {holder}.",
                "Wait for it to end, or end that process; the next night goes on where it was.",
            ) from error
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode("ascii"), 0)
        yield
    finally:
        os.close(descriptor)


def forget_nights(home: Path) -> int:
    """Remove what all nights of a repository kept: reports, examples that are practised again, and
    where the repository is. How many nights there were.

    Raises NightRuns: what a running night holds would be written again.
    """
    if not home.is_dir() or home.is_symlink():
        home.unlink(missing_ok=True)
        return 0
    with only_night(home):
        count = sum(1 for _ in home.glob("*/report.json"))
        shutil.rmtree(home)
    return count
