"""A night that the kernel kills as a stage begins: REPOSITORY STATE BASE STAGE."""

import os
import signal
import sys
from pathlib import Path

from small_nights import PRACTICE, quiet, small_night

from understudy_trainer.night.night import night


def stage(name: str) -> None:
    if name == sys.argv[4]:
        os.kill(os.getpid(), signal.SIGKILL)


folder, state, base = map(Path, sys.argv[1:4])
night(small_night(folder, state, base, reinforcement=PRACTICE), quiet(stage))
