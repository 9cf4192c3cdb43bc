"""A stage that goes on from its checkpoint, and begins anew if that is damaged."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from understudy_trainer.learn.checkpoint import CheckpointError

T = TypeVar("T")


def resumed(run: Callable[[], T], *, folder: Path, what: str, notes: list[str]) -> T:
    """`folder` holds the checkpoint; `what` begins the sentence for the report."""
    try:
        return run()
    except CheckpointError as error:
        notes.append(f"{what} began anew. {error.problem}")
        shutil.rmtree(folder, ignore_errors=True)
        return run()
