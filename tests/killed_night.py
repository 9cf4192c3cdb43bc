"""A night that the kernel kills after its third step: BASE FOLDER."""

import os
import signal
import sys
from pathlib import Path

import msgspec
from tiny_models import SMALL, Clock, example

from understudy_trainer.learn.mer import Step, train
from understudy_trainer.learn.replay import Replay


def progress(step: Step) -> None:
    if step.number == 3:
        os.kill(os.getpid(), signal.SIGKILL)


train(
    [example(number) for number in range(8)],
    base=Path(sys.argv[1]),
    parent=None,
    replay=Replay(),
    settings=msgspec.structs.replace(SMALL, passes=6),
    budget_s=1000.0,
    folder=Path(sys.argv[2]),
    seed=3,
    progress=progress,
    clock=Clock(),
)
