"""Starts an engine, starts it again when it dies, and ends it: at most one at a time, no orphan ever."""

import asyncio
import contextlib
import logging
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from understudy_server.engine_start import Start

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
STEADY_S = 60.0
"""An engine that has run this long starts the back-off anew."""
WEDGED_S = 30.0
"""An engine that was healthy and has not been for this long is ended, and started again."""
KEPT_LOGS = 3

log = logging.getLogger(__name__)


class Supervisor:
    """One engine's process. `state` and `restarts` are for people and metrics."""

    def __init__(self, start: Start, *, log_file: Path, healthy: Callable[[], Awaitable[bool]]) -> None:
        self._start = start
        self._log_file = log_file
        self._healthy = healthy
        self.state = "starting"
        self.restarts = 0
        self.pid: int | None = None
        """Of the engine itself, which leads its process group."""

    async def run(self) -> None:
        """Until cancelled; then the engine is ended."""
        pause = FIRST_PAUSE_S
        while True:
            started = time.monotonic()
            code = await self._run_once()
            if time.monotonic() - started > STEADY_S:
                pause = FIRST_PAUSE_S
            self.restarts += 1
            self.state = (
                f"it ended with code {code} and starts again in {pause:g} s; "
                f"its log is {self._log_file}: {self.last_line()}"
            )
            log.error("the engine: %s", self.state)
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_S)

    def last_line(self) -> str:
        """The last thing in the log that looks like a reason."""
        try:
            lines = self._log_file.read_text(encoding="utf-8", errors="replace").splitlines()[-200:]
        except OSError:
            return ""
        reasons = [line for line in lines if "Error" in line and "Traceback" not in line]
        return (reasons or lines or [""])[-1].strip()[:300]

    async def _run_once(self) -> int:
        async with self._kept() as keeper:
            ended = asyncio.create_task(keeper.wait())
            watch = asyncio.create_task(self._watch())
            try:
                await asyncio.wait({ended, watch}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                ended.cancel()
                watch.cancel()
                await asyncio.gather(ended, watch, return_exceptions=True)
        return keeper.returncode or 0

    @asynccontextmanager
    async def _kept(self) -> AsyncIterator[asyncio.subprocess.Process]:
        """The keeper with the engine under it; on leaving both are gone."""
        self._log_file.parent.mkdir(parents=True, exist_ok=True)
        _rotate(self._log_file)
        with self._log_file.open("ab") as output:
            keeper = await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", "-m", "understudy_server.keeper", *self._start.command),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=output,
                env=self._start.environment,
            )
        assert keeper.stdin is not None
        assert keeper.stdout is not None
        try:
            line = await keeper.stdout.readline()
            self.pid = int(line) if line.strip() else None
            yield keeper
        finally:
            keeper.stdin.close()
            await asyncio.shield(keeper.wait())
            if self.pid is not None:
                # If the keeper was killed, it could not do this itself.
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(self.pid, signal.SIGKILL)
            self.pid = None

    async def _watch(self) -> None:
        """Ends when an engine that was healthy has stopped answering."""
        healthy_at: float | None = None
        while True:
            await asyncio.sleep(1.0)
            if await self._healthy():
                self.state, healthy_at = "ready", time.monotonic()
            elif healthy_at is not None and time.monotonic() - healthy_at > WEDGED_S:
                log.error("the engine has not answered for %g s", WEDGED_S)
                return


def _rotate(log_file: Path) -> None:
    """`engine.log` becomes `engine.log.1` and so on; the oldest goes."""
    for number in range(KEPT_LOGS - 1, -1, -1):
        file = log_file if number == 0 else log_file.with_name(f"{log_file.name}.{number}")
        if file.exists():
            file.replace(log_file.with_name(f"{log_file.name}.{number + 1}"))
