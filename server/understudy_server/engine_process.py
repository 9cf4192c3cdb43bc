"""A process that ends when the gateway does: the gateway's side of `keeper.py`."""

import asyncio
import contextlib
import itertools
import os
import signal
import sys
from collections.abc import AsyncGenerator, Generator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from understudy_server import keeper

LOGS_KEPT = 5
KEEPER_SLACK_S = 5.0
"""How much longer than the grace the keeper itself may take."""


class KeptProcess:
    """A running command with its keeper."""

    def __init__(self, keeper: asyncio.subprocess.Process, pid: int) -> None:
        self._keeper = keeper
        self.pid = pid
        """Of the command, and of its process group; 0 if it could not be started."""

    @property
    def keeper_pid(self) -> int:
        return self._keeper.pid

    async def ends(self, *, within_s: float) -> bool:
        """Waits so long at most; whether the process has ended."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._keeper.wait(), within_s)
        return self._keeper.returncode is not None

    @property
    def exit_status(self) -> int | None:
        """As a shell gives it, 128 + n for signal n; None while it runs."""
        status = self._keeper.returncode
        return status if status is None or status >= 0 else 128 - status

    async def stop(self, *, grace_s: float) -> None:
        """Afterwards nothing of its process group is left."""
        if self._keeper.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._keeper.terminate()
            if not await self.ends(within_s=grace_s + KEEPER_SLACK_S):
                self._keeper.kill()
                await self._keeper.wait()
        if self._keeper.returncode is not None and self._keeper.returncode < 0 and self.pid:
            # The keeper was killed, so it could not see to the group.
            with contextlib.suppress(ProcessLookupError, PermissionError, TimeoutError):
                async with asyncio.timeout(KEEPER_SLACK_S):
                    while True:
                        os.killpg(self.pid, signal.SIGKILL)
                        await asyncio.sleep(0.02)


@asynccontextmanager
async def kept_process(
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    log: Path,
    directory: Path,
    grace_s: float,
) -> AsyncGenerator[KeptProcess]:
    """Runs the command within; its output goes to `log`, its working directory is `directory`.

    If the gateway dies, the process is stopped and `directory` removed.
    """
    with _private_file(log) as output:
        parent = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", keeper.__file__, str(grace_s), str(directory)),
            *command,
            env=environment,
            cwd=directory,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=output,
            start_new_session=True,
        )
    process = KeptProcess(parent, 0)
    try:
        assert parent.stdout is not None
        process.pid = int(await parent.stdout.readline() or 0)
        yield process
    finally:
        await process.stop(grace_s=grace_s)
        assert parent.stdin is not None
        parent.stdin.close()


@contextmanager
def _private_file(path: Path) -> Generator[int]:
    """A file descriptor to append to it."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def rotate(log: Path) -> None:
    """Makes way for a fresh log; `engine.log` becomes `engine.1.log` and so on, the oldest goes."""
    log.parent.mkdir(parents=True, exist_ok=True)
    names = [log, *(log.with_suffix(f".{n}{log.suffix}") for n in range(1, LOGS_KEPT))]
    for newer, older in reversed(list(itertools.pairwise(names))):
        with contextlib.suppress(FileNotFoundError):
            newer.replace(older)
