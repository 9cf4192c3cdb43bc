"""One night at a time for a repository, by a lock that the kernel frees when its holder dies."""

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from understudy_protocol.errors import UnderstudyError


class NightRuns(UnderstudyError, RuntimeError):
    code = "night_runs"


@contextmanager
def only_night(home: Path) -> Generator[None]:
    """`home` is the folder of the repository's nights. Raises NightRuns if another process has a
    night there."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(home / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.read(descriptor, 32).decode("ascii", "replace").strip() or "unknown"
            raise NightRuns(
                f"A night of {home.name} runs already, in process {holder}.",
                "Wait for it to end, or end that process; the next night goes on where it was.",
            ) from error
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode("ascii"), 0)
        yield
    finally:
        os.close(descriptor)
