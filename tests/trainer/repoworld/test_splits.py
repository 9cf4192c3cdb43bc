"""Training and test have nothing in common that would make a test easy."""

from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy_trainer.repoworld.hole import Hole
from understudy_trainer.repoworld.holes import key_of
from understudy_trainer.repoworld.kinds.kind import KINDS
from understudy_trainer.repoworld.splits import Across, SplitName, divide, split
from understudy_trainer.repoworld.worlds import World

WORLDS = [
    World(name=name, folder=Path(name), held_out=name.startswith("held"))
    for name in ("held-1", "held-2", "other-1", "other-2")
]
NAMES = st.sampled_from(get_args(SplitName))
ACROSS = st.sampled_from(get_args(Across))
# Few texts, so that the same line often stands in several worlds.
HOLES = st.builds(
    Hole,
    world=st.sampled_from([world.name for world in WORLDS]),
    kind=st.sampled_from([kind.name for kind in KINDS]),
    path=st.sampled_from(["a.py", "b.py"]),
    language=st.just("python"),
    prefix=st.sampled_from(["", "first\n", "  ", "return "]),
    middle=st.sampled_from(["a", "b", "a + b"]),
    suffix=st.sampled_from(["", "\nlast", ")"]),
)


@given(NAMES, ACROSS, st.integers(0, 9), st.lists(HOLES), st.lists(HOLES))
def test_training_and_test_are_disjoint(
    name: SplitName, across: Across, seed: int, past: list[Hole], future: list[Hole]
) -> None:
    chosen = split(name, across=across, worlds=WORLDS, seed=seed)
    division = divide(chosen, past=past, future=future)
    assert not {hole.id for hole in division.train} & {hole.id for hole in division.test}
    assert not {key_of(hole) for hole in division.train} & {key_of(hole) for hole in division.test}
    if across == "repositories":
        assert not {hole.world for hole in division.train} & {each.world for each in division.test}
    if name.startswith("CL"):
        assert not {hole.kind for hole in division.train} & {each.kind for each in division.test}


@given(NAMES, ACROSS, st.integers(0, 9), st.lists(HOLES), st.lists(HOLES))
def test_every_hole_of_the_split_is_there(
    name: SplitName, across: Across, seed: int, past: list[Hole], future: list[Hole]
) -> None:
    chosen = split(name, across=across, worlds=WORLDS, seed=seed)
    division = divide(chosen, past=past, future=future)
    assert list(division.test) == [
        hole for hole in future if hole.world.startswith("held") and hole.kind in chosen.test_kinds
    ]
    asked = {key_of(hole) for hole in division.test}
    for hole in past:
        wanted = hole.world in chosen.train_worlds and hole.kind in chosen.train_kinds
        assert (hole in division.train) == (wanted and key_of(hole) not in asked)


@pytest.mark.parametrize("name", get_args(SplitName))
def test_kinds_are_as_many_as_the_name_says(name: SplitName) -> None:
    chosen = split(name, across="repositories", worlds=WORLDS, seed=0)
    held_out = {kind.name for kind in KINDS if kind.held_out}
    assert len(chosen.train_kinds) == int(name[2:])
    if name.startswith("CT"):
        assert chosen.test_kinds == chosen.train_kinds
    else:
        assert set(chosen.test_kinds) == held_out
        assert not held_out & set(chosen.train_kinds)


def test_worlds_are_others_across_repositories_and_the_same_across_time() -> None:
    repositories = split("CT50", across="repositories", worlds=WORLDS, seed=0)
    assert repositories.train_worlds == ("other-1", "other-2")
    assert repositories.test_worlds == ("held-1", "held-2")
    time = split("CT50", across="time", worlds=WORLDS, seed=0)
    assert time.train_worlds == time.test_worlds == ("held-1", "held-2")


def test_the_seed_draws_the_kinds() -> None:
    def kinds(seed: int) -> tuple[str, ...]:
        return split("CL10", across="time", worlds=WORLDS, seed=seed).train_kinds

    assert kinds(0) == kinds(0)
    assert len({kinds(seed) for seed in range(5)}) > 1
