"""One arm of the proof: a base model with an adapter or without, asked all sets of holes."""

import hashlib
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import msgspec

from understudy_trainer.learn.adapter import WEIGHTS
from understudy_trainer.learn.checkpoint import number_type
from understudy_trainer.learn.losses import ExampleLoss, losses
from understudy_trainer.learn.whole_file import write_whole
from understudy_trainer.night.proof import Losses, Sets
from understudy_trainer.night.watch import Watch


class Arms(NamedTuple):
    """What all arms have in common."""

    base: Path
    repository: str
    """Name, as the model sees it."""
    folder: Path
    """Where losses are kept for a night that goes on."""
    task_set: str
    numbers: str
    """Type of number to compute with."""


def ask(arms: Arms, name: str, adapter: Path | None, sets: Sets, watch: Watch) -> Losses:
    """Raises ConfigError for an adapter of another base model."""
    path = arms.folder / f"losses-{name}-{_told(arms, adapter)}.json"
    holes = [hole for each in sets.values() for hole in each]
    try:
        found = msgspec.json.decode(path.read_bytes(), type=list[ExampleLoss])
    except (OSError, msgspec.DecodeError):
        found = losses(
            holes,
            base=arms.base,
            adapter=adapter,
            repository=arms.repository,
            numbers=number_type(arms.numbers),
            progress=lambda done: watch.done(done, len(holes), name),
        )
        write_whole(path, msgspec.json.encode(found))
    left = iter(found)
    return {name: list(islice(left, len(each))) for name, each in sets.items()}


def _told(arms: Arms, adapter: Path | None) -> str:
    """What losses hang on: the holes, and every byte of the adapter. A night that goes on may have
    learned another one."""
    digest = hashlib.sha256(arms.task_set.encode())
    if adapter is not None:
        digest.update((adapter / WEIGHTS).read_bytes())
    return digest.hexdigest()[:16]
