"""Keeps one engine of our own running: starts it, watches it, starts it again when it dies."""

import asyncio
import logging
import shutil
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path

import msgspec

from understudy_protocol.errors import EngineError, EngineUnavailable
from understudy_server.engine import WARM_UP_PROMPT, Engine
from understudy_server.engine_launch import why_it_ended
from understudy_server.engine_process import KeptProcess, kept_process, rotate

log = logging.getLogger(__name__)

Prepare = Callable[[Engine], Awaitable[None]]
"""What an engine needs after it became healthy, before it counts as ready."""


class EngineState(StrEnum):
    STARTING = "starting"
    """For the first time."""
    READY = "ready"
    RESTARTING = "restarting"
    """It was ready before."""
    FAILED = "failed"
    """It never got ready, and is not tried again: what is wrong does not mend itself."""


class EngineStatus(msgspec.Struct, frozen=True):
    state: EngineState
    restarts: int = 0
    reason: EngineError | None = None
    """Why it failed, or why it was started again."""


class Patience(msgspec.Struct, frozen=True, kw_only=True):
    """How long the supervisor waits, in seconds."""

    start_s: float = 900.0
    """For an engine to become healthy; the first time it may have to fetch its weights."""
    answer_s: float = 5.0
    """For an answer of /health."""
    probe_s: float = 2.0
    """Between two of them while it is ready."""
    wedged_s: float = 15.0
    """For a running engine that does not say that it is healthy."""
    silent_s: float = 15.0
    """For a word from an engine that was asked for a completion, before it is asked for a token."""
    token_s: float = 45.0
    """For that token: a slow machine may be reading several long prompts. Together no longer than
    a request itself waits."""
    first_back_off_s: float = 0.5
    most_back_off_s: float = 30.0
    well_s: float = 60.0
    """An engine that was ready for so long is next restarted after the first back-off again."""
    grace_s: float = 10.0
    """For an orderly end, before it is killed."""


async def is_well(engine: Engine, patience: Patience) -> bool:
    """Whether the engine says that it is healthy, and, if it owes a word, still gives a token."""
    if not await engine.ready(within_s=patience.answer_s):
        return False
    if engine.silence.seconds < patience.silent_s:
        return True
    try:
        async with asyncio.timeout(patience.token_s):
            await engine.read(WARM_UP_PROMPT, adapter=None)
    except (EngineError, TimeoutError):
        return False
    return True


class Supervisor:
    """One engine, from `run` on; its Unix socket lies in a directory that only we can enter."""

    def __init__(
        self,
        command: Callable[[Path], Sequence[str]],
        *,
        environment: Mapping[str, str],
        log_file: Path,
        patience: Patience = Patience(),  # noqa: B008 - frozen
    ) -> None:
        """`command` gives the command line for the socket that the engine is to listen on."""
        self._command = command
        self._environment = environment
        self._log_file = log_file
        self._patience = patience
        self.status = EngineStatus(EngineState.STARTING)
        self.process: KeptProcess | None = None

    async def run(self, prepare: Prepare) -> None:
        """Until cancelled, or until the engine failed for good; then nothing of it is left."""
        directory = Path(tempfile.mkdtemp(prefix="understudy-"))
        engine = Engine(f"unix://{directory}/engine.sock")
        try:
            await self._keep_running(directory, engine, prepare)
        finally:
            await engine.close()
            shutil.rmtree(directory, ignore_errors=True)

    async def _keep_running(self, directory: Path, engine: Engine, prepare: Prepare) -> None:
        patience, restarts = self._patience, 0
        back_off_s, was_ready = patience.first_back_off_s, False
        while True:
            began = time.monotonic()
            reason = await self._run_once(directory, engine, prepare)
            was_ready = was_ready or self.status.state is EngineState.READY
            if not was_ready:
                self._say(EngineState.FAILED, restarts, reason)
                return
            if time.monotonic() - began >= patience.well_s:
                back_off_s = patience.first_back_off_s
            restarts += 1
            self._say(EngineState.RESTARTING, restarts, reason)
            await asyncio.sleep(back_off_s)
            back_off_s = min(2 * back_off_s, patience.most_back_off_s)

    async def _run_once(self, directory: Path, engine: Engine, prepare: Prepare) -> EngineError:
        """Why it ended, or was ended."""
        socket = directory / "engine.sock"
        socket.unlink(missing_ok=True)
        rotate(self._log_file)
        async with kept_process(
            self._command(socket),
            environment=self._environment,
            log=self._log_file,
            directory=directory,
            grace_s=self._patience.grace_s,
        ) as process:
            self.process = process
            reason = await self._until_ready(process, engine, prepare)
            if reason is None:
                self._say(EngineState.READY, self.status.restarts, None)
                reason = await self._until_broken(process, engine)
        return reason

    async def _until_ready(
        self, process: KeptProcess, engine: Engine, prepare: Prepare
    ) -> EngineError | None:
        """None once it is ready."""
        deadline = time.monotonic() + self._patience.start_s
        while not await engine.ready(within_s=self._patience.answer_s):
            if await process.ends(within_s=0.1):
                return why_it_ended(process.exit_status, self._log_file)
            if time.monotonic() > deadline:
                return EngineUnavailable(
                    f"vLLM did not get ready within {self._patience.start_s:.0f} seconds.",
                    f"Its log {self._log_file} says what it was doing.",
                )
        try:
            await prepare(engine)
        except EngineError as error:
            if await process.ends(within_s=1.0):
                return why_it_ended(process.exit_status, self._log_file)
            return error
        return None

    async def _until_broken(self, process: KeptProcess, engine: Engine) -> EngineError:
        healthy_at = time.monotonic()
        while not await process.ends(within_s=self._patience.probe_s):
            if await is_well(engine, self._patience):
                healthy_at = time.monotonic()
            elif time.monotonic() - healthy_at > self._patience.wedged_s:
                return EngineUnavailable(
                    f"vLLM has not been healthy for {self._patience.wedged_s:.0f} seconds.",
                    f"It is started again; its log is {self._log_file.with_suffix('.1.log')}.",
                )
        return why_it_ended(process.exit_status, self._log_file)

    def _say(self, state: EngineState, restarts: int, reason: EngineError | None) -> None:
        self.status = EngineStatus(state, restarts, reason)
        log.log(
            logging.ERROR if reason else logging.INFO,
            "The engine is %s%s",
            state.value,
            f": {reason}" if reason else "",
        )
