"""How far a night is, in a file that the gateway reads for its metrics.

Nobody waits for it and a full disk does not end a night by it. Of one that was killed it stays
until the next; whoever reads it looks whether its process is there.
"""

import contextlib
import os
import time
from pathlib import Path

import msgspec

from understudy_protocol.night import RUNNING_FILE, NightRunning
from understudy_trainer.learn.whole_file import write_whole
from understudy_trainer.night.spending import Spending
from understudy_trainer.night.telling import Night
from understudy_trainer.night.watch import Watch

EACH_S = 2.0
"""Between two notes of one stage: a step may take milliseconds."""


def noted(watch: Watch, home: Path, asked: Night, began_at: int, spending: Spending) -> Watch:
    """The same, and each stage and how far it is are noted in `home`."""
    at = NightRunning(asked.repository, began_at, os.getpid())
    written = 0.0

    def note(**changes: object) -> None:
        nonlocal at, written
        spent = spending.elapsed / asked.budget_s
        at = msgspec.structs.replace(at, **changes, budget_spent=spent)
        if "stage" in changes or time.monotonic() - written >= EACH_S:
            written = time.monotonic()
            with contextlib.suppress(OSError):
                write_whole(home / RUNNING_FILE, msgspec.json.encode(at))

    def stage(name: str) -> None:
        note(stage=name, steps=0, of=0)
        watch.stage(name)

    def done(done: int, total: int, text: str = "", *, loss: float | None = None) -> None:
        note(steps=done, of=total, loss=at.loss if loss is None else loss)
        watch.done(done, total, text, loss=loss)

    return Watch(stage, done, watch.note)


def not_noted(home: Path) -> None:
    with contextlib.suppress(OSError):
        (home / RUNNING_FILE).unlink(missing_ok=True)
