"""A night that the kernel kills in a stage: REPOSITORY STATE BASE STAGE WRITE.

As the stage begins if WRITE is 0, else as so many a file of it is to be put in place."""

import os
import signal
import sys
from pathlib import Path
from typing import Any

from small_nights import PRACTICE, quiet, small_night

from understudy_protocol.night import RUNNING_FILE
from understudy_trainer.night.night import night

folder, state, base = map(Path, sys.argv[1:4])
wanted, write = sys.argv[4], int(sys.argv[5])
written = 0
now = ""


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def stage(name: str) -> None:
    global now
    now = name
    if name == wanted and not write:
        die()


def look(event: str, arguments: Any) -> None:
    global written
    # How far the night is is noted by the clock.
    if event != "os.rename" or now != wanted or str(arguments[1]).endswith(RUNNING_FILE):
        return
    written += 1
    if written == write:
        die()


sys.addaudithook(look)
night(small_night(folder, state, base, reinforcement=PRACTICE), quiet(stage))
