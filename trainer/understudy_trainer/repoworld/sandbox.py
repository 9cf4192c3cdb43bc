"""Runs the tests of somebody else's repository where they can do no harm.

No network, no process of this machine in sight, no file that can be written but those of a copy in
memory, no home folder to read, and an end to time, memory and processes. Where no such place can
be had nothing is run.
"""

import subprocess
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import msgspec

from understudy_trainer.repoworld.walls import ENVIRONMENT, WALLS, Walls

OUTPUT_BYTES = 20_000
"""That are kept of the end of what a command printed."""

_PROBE_SECONDS = 20.0


class Outcome(msgspec.Struct, frozen=True):
    code: int | None
    """What the command ended with; None if its time was over."""
    output: str
    """The end of what it printed."""

    @property
    def passed(self) -> bool:
        return self.code == 0


def run_in_sandbox(command: Sequence[str], *, folder: Path, seconds: float) -> Outcome | None:
    """Runs a command in a scratch copy of `folder`; None if this machine has no sandbox, and then
    nothing was run."""
    walls = sandbox()
    return None if walls is None else run_within(walls, command, folder=folder, seconds=seconds)


@cache
def sandbox() -> Walls | None:
    """The first kind of sandbox that works here."""
    return first_that_works(WALLS)


def first_that_works(kinds: Sequence[Walls]) -> Walls | None:
    """Tries each with a harmless program; None if none lets it run."""
    return next((walls for walls in kinds if _works(walls)), None)


def run_within(
    walls: Walls, command: Sequence[str], *, folder: Path, seconds: float
) -> Outcome | None:
    """As `run_in_sandbox`, within these walls; None if they could not be put up."""
    with (
        tempfile.TemporaryDirectory(prefix="understudy-sandbox-") as root,
        tempfile.TemporaryFile() as output,
    ):
        whole = walls(command, folder=folder.resolve(), root=Path(root))
        if whole is None:
            return None
        try:
            running = subprocess.Popen(
                whole,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=ENVIRONMENT,
                cwd="/",
                start_new_session=True,
            )
        except OSError:
            return None
        try:
            code = running.wait(seconds)
        except subprocess.TimeoutExpired:
            code = None
        finally:
            # What was started within ends with it: it is the first process of its own world.
            running.kill()
            running.wait()
        end = output.seek(0, 2)
        output.seek(max(0, end - OUTPUT_BYTES))
        return Outcome(code=code, output=output.read().decode("utf-8", "replace"))


def _works(walls: Walls) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "probe").write_text("works\n", encoding="utf-8")
        # A pipe, because limits that are too low show when a process is started.
        command = ["sh", "-c", "cat probe | cat"]
        outcome = run_within(walls, command, folder=Path(folder), seconds=_PROBE_SECONDS)
    return outcome is not None and outcome.passed and outcome.output == "works\n"
