"""What is trained on and what is tested on: Meta-World's splits, across repositories or time.

CT1, CT10 and CT50 have the same kinds in training and test, and other holes. CL1, CL10 and CL45
train on so many kinds and test on the five that are held out. Across repositories, training has
worlds that tests do not have; across time, a world's past is trained on and its future tested.
"""

import random
from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from understudy_trainer.repoworld.hole import Hole
from understudy_trainer.repoworld.holes import key_of
from understudy_trainer.repoworld.kinds.kind import KINDS
from understudy_trainer.repoworld.worlds import World

SplitName = Literal["CT1", "CT10", "CT50", "CL1", "CL10", "CL45"]
Across = Literal["repositories", "time"]


class Split(msgspec.Struct, frozen=True):
    name: SplitName
    across: Across
    train_kinds: tuple[str, ...]
    test_kinds: tuple[str, ...]
    train_worlds: tuple[str, ...]
    test_worlds: tuple[str, ...]


class Division(msgspec.Struct, frozen=True):
    train: tuple[Hole, ...]
    test: tuple[Hole, ...]


def split(name: SplitName, *, across: Across, worlds: Sequence[World], seed: int) -> Split:
    """Kinds are drawn at random where not all are trained on; worlds are tested on if held out."""
    size = int(name[2:])
    held_out = [kind.name for kind in KINDS if kind.held_out]
    if name.startswith("CT"):
        train_kinds = _drawn([kind.name for kind in KINDS], size, seed)
        test_kinds = train_kinds
    else:
        train_kinds = _drawn([kind.name for kind in KINDS if not kind.held_out], size, seed)
        test_kinds = tuple(held_out)
    test_worlds = tuple(world.name for world in worlds if world.held_out)
    others = tuple(world.name for world in worlds if not world.held_out)
    return Split(
        name=name,
        across=across,
        train_kinds=train_kinds,
        test_kinds=test_kinds,
        train_worlds=others if across == "repositories" else test_worlds,
        test_worlds=test_worlds,
    )


def divide(split: Split, *, past: Iterable[Hole], future: Iterable[Hole]) -> Division:
    """Training holes from before each world's cut and test holes from after it, as the split says.
    What is asked in the test is not asked in training, wherever it stands."""
    test = [
        hole for hole in future if hole.world in split.test_worlds and hole.kind in split.test_kinds
    ]
    asked = {key_of(hole) for hole in test}
    train = [
        hole
        for hole in past
        if hole.world in split.train_worlds
        and hole.kind in split.train_kinds
        and key_of(hole) not in asked
    ]
    return Division(train=tuple(train), test=tuple(test))


def _drawn(names: Sequence[str], size: int, seed: int) -> tuple[str, ...]:
    chosen = set(random.Random(seed).sample(names, size))
    return tuple(name for name in names if name in chosen)
