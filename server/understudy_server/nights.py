"""Nights at a set time or while nobody asks: when they are due, and the process that runs them.

A night is `understudy train --all` in a process of its own at the lowest priority, one at a time.
Whatever becomes of it, serving goes on.
"""

import asyncio
import logging
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

import msgspec

from understudy_protocol.duration import seconds_of
from understudy_protocol.night import PLACE_FILE
from understudy_server.config import Config
from understudy_server.engine_process import kept_process, rotate

LOOK_S = 20.0
AFTER_FAILURE_S = 3600.0
TRIES = 3
"""For one night at a set time; what failed so often waits for the next."""
BETWEEN_IDLE_S = 4 * 3600.0
"""From the end of a night to the next that nobody set a time for: somebody who rests ten minutes
twelve times a day shall not pay for twelve nights."""
GRACE_S = 5.0
SLACK_S = 1800.0
"""What a night of one repository may take beyond twice its budget, before it counts as stuck."""
LINES_SHOWN = 8

log = logging.getLogger(__name__)


class Clock(msgspec.Struct, frozen=True):
    local: Callable[[], datetime] = datetime.now
    """What a clock on the wall says, without a zone."""
    monotonic: Callable[[], float] = time.monotonic
    """Seconds that nobody sets; on Linux they stand still while the machine sleeps."""
    epoch: Callable[[], float] = time.time
    """Seconds, as the summaries of nights count them."""


class Nights:
    """`run` in a task; cancelling it ends a night that runs."""

    def __init__(
        self,
        config: Config,
        command: Sequence[str],
        *,
        last_used: Callable[[], float | None],
        clock: Clock = Clock(),  # noqa: B008 - frozen
    ) -> None:
        """`last_used` gives the monotonic seconds of the last completion, None if there was none.

        A time that went by before this is made is not made up.
        """
        self._config = config
        self._command = command
        self._last_used = last_used
        self._clock = clock
        self._began = clock.monotonic()
        self._night = self._newest_night()
        """Whose time has come, and has been seen to."""
        self._tries = 0
        """Left for a night that is due."""
        self._first_try_at: float | None = None
        """Seconds since the epoch; None until the night that is due has been tried."""
        self._retry_at = float("-inf")
        self._ended_at: float | None = None

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self.look()
            except OSError as error:
                self._failed(f"It could not be started: {error}")
            await asyncio.sleep(LOOK_S)

    async def look(self) -> bool:
        """Runs a night to its end if one is due; whether one was run."""
        self._note_time()
        self._note_rest()
        if not self._tries or self._clock.monotonic() < self._retry_at:
            return False
        places = len(list(self._config.state_dir.glob(f"nights/*/{PLACE_FILE}")))
        if not places:
            self._tries = 0  # nobody has asked for a first night yet
            return False
        await self._run_night(places)
        return True

    def _note_time(self) -> None:
        """A time that was slept through has come too, once, however many nights it was."""
        night = self._newest_night()
        if night is None or self._night is None:
            return
        if night > self._night:
            self._tries = TRIES
            self._first_try_at = None
        # A clock that goes back an hour does not bring the same night again. One that was days
        # ahead and was mended must not hold up all nights until then.
        if night > self._night or night < self._night - timedelta(days=1):
            self._night = night

    def _newest_night(self) -> date | None:
        """The day of the newest set time that lies behind us; None if no time is set."""
        if self._config.night_at is None:
            return None
        now = self._clock.local()
        at = datetime.strptime(self._config.night_at, "%H:%M").time()
        return now.date() if now.time() >= at else now.date() - timedelta(days=1)

    def _note_rest(self) -> None:
        minutes = self._config.night_when_idle
        if minutes is None or self._tries:
            return
        now, used = self._clock.monotonic(), self._last_used()
        rested = now - max(self._began, used or self._began) >= minutes * 60
        ended = self._ended_at
        is_new = ended is None or (used is not None and used > ended)
        if rested and is_new and (ended is None or now - ended >= BETWEEN_IDLE_S):
            self._tries = 1
            self._first_try_at = None

    async def _run_night(self, places: int) -> None:
        file = self._config.state_dir / "logs" / "night.log"
        limit_s = places * (2 * seconds_of(self._config.night_budget) + SLACK_S)
        rotate(file)
        directory = Path(tempfile.mkdtemp(prefix="understudy-night-"))
        command = [*self._command]
        if self._first_try_at is None:
            self._first_try_at = self._clock.epoch()
        else:
            # Who had a night at the first try has none again because another's failed.
            command += ["--unless-since", str(round(self._first_try_at * 1000))]
        log.info("A night of %d repositories begins; its log is %s", places, file)
        try:
            async with kept_process(
                command,
                environment=os.environ,
                log=file,
                directory=directory,
                grace_s=GRACE_S,
            ) as process:
                if not await process.ends(within_s=limit_s):
                    self._failed(f"It did not end within {limit_s / 60:.0f} minutes")
                elif process.exit_status:
                    said = last_words(file)
                    self._failed(f"It ended with status {process.exit_status}. {said}")
                else:
                    self._tries = 0
        finally:
            self._ended_at = self._clock.monotonic()
            shutil.rmtree(directory, ignore_errors=True)

    def _failed(self, why: str) -> None:
        self._tries = max(0, self._tries - 1)
        self._retry_at = self._clock.monotonic() + AFTER_FAILURE_S
        log.error(
            "A night failed; serving goes on, and %s. %s",
            "it is tried again in an hour" if self._tries else "the next is tried when it is due",
            why,
        )


def night_command(config: Config, model: Path) -> list[str]:
    """The lowest priority from the first instruction on, so that no thread of it misses it."""
    command = [sys.executable, "-P", "-m", "understudy", "train", "--all"]
    command += ["--budget", config.night_budget, "--state-dir", str(config.state_dir.absolute())]
    command += ["--model", str(model)]
    command += ["--fim-format", config.fim_format] if config.fim_format else []
    command += ["--runtime"] if config.night_runtime else []
    command += ["--reinforce"] if config.night_reinforce else []
    return ["nice", "-n", "19", *command] if shutil.which("nice") else command


def last_words(file: Path) -> str:
    """The end of a night's log."""
    try:
        with file.open("rb") as opened:
            opened.seek(max(0, os.fstat(opened.fileno()).st_size - (64 << 10)))
            lines = opened.read().decode("utf-8", "replace").splitlines()
    except OSError as error:
        return f"Its log {file} cannot be read: {error.strerror}"
    said = [line for line in lines if line.strip()]
    return "Its last words:\n" + "\n".join(line[:500] for line in said[-LINES_SHOWN:])
