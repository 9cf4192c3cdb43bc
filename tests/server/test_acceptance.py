"""When a release counts as worse, on simulated people."""

import random
from collections.abc import Sequence

import pytest

from understudy_server.acceptance import FEWEST, Suggestion, compare

FOUR = ("ada", "bob", "cem", "dee")
ALONE = (None,)
BEFORE = 1_000


def stream(
    share: float,
    count: int,
    *,
    seed: int,
    at: int,
    people: Sequence[str | None] = FOUR,
    hostile: Sequence[str] = (),
) -> list[Suggestion]:
    """Each is taken with probability `share`; the hostile take nothing."""
    chance = random.Random(seed)
    made: list[Suggestion] = []
    for place in range(count):
        person = chance.choice(people)
        taken = chance.random() < share and person not in hostile
        made.append(Suggestion(at + place, person, float(taken)))
    return made


def old(seed: int, people: Sequence[str | None] = FOUR) -> list[Suggestion]:
    return stream(0.34, BEFORE, seed=seed, at=0, people=people)


def new(share: float, count: int, *, seed: int, people: Sequence[str | None] = FOUR):
    return stream(share, count, seed=1_000 + seed, at=BEFORE, people=people)


@pytest.mark.parametrize("people", [ALONE, FOUR])
def test_the_same_acceptance_is_seldom_taken_for_worse(people: Sequence[str | None]) -> None:
    alarms = sum(
        compare(new(0.34, 1_000, seed=seed, people=people), old(seed, people)).worse
        for seed in range(200)
    )
    assert alarms <= 16  # 5 % are 10; more than 16 come by chance once in fifty times


@pytest.mark.parametrize(("people", "within"), [(ALONE, 250), (FOUR, 400)])
def test_half_the_acceptance_is_found_out(people: Sequence[str | None], within: int) -> None:
    found = sum(
        compare(new(0.15, within, seed=seed, people=people), old(seed, people)).worse
        for seed in range(50)
    )
    assert found >= 45


def test_a_better_release_is_never_worse() -> None:
    assert not any(compare(new(0.5, 1_000, seed=seed), old(seed)).worse for seed in range(50))


def test_what_people_keep_less_of_is_worse() -> None:
    taken = [Suggestion(place, None, 1.0) for place in range(200)]
    half_kept = [Suggestion(1_000 + place, None, 0.4) for place in range(200)]
    assert compare(half_kept, taken).worse


def test_nothing_is_decided_on_a_few() -> None:
    refused = [Suggestion(1_000 + place, None, 0.0) for place in range(FEWEST - 1)]
    taken = [Suggestion(place, None, 1.0) for place in range(200)]
    assert not compare(refused, taken).worse
    assert compare([*refused, refused[-1]], taken).worse


def test_few_before_decide_nothing_either() -> None:
    refused = [Suggestion(1_000 + place, None, 0.0) for place in range(500)]
    taken = [Suggestion(place, None, 1.0) for place in range(FEWEST - 1)]
    assert not compare(refused, taken).worse


def test_one_who_takes_nothing_any_more_does_not_bring_a_release_down() -> None:
    alarms = sum(
        compare(stream(0.34, 1_000, seed=1_000 + seed, at=BEFORE, hostile=["ada"]), old(seed)).worse
        for seed in range(50)
    )
    assert alarms <= 6
    everybody = stream(0.34, 1_000, seed=1, at=BEFORE, hostile=FOUR)
    assert compare(everybody, old(1)).worse


def test_one_alone_at_work_does_not_decide_for_those_who_were_there_before() -> None:
    only_ada = stream(0.0, 1_000, seed=1, at=BEFORE, people=["ada"])
    assert not compare(only_ada, old(1)).worse


def test_it_does_not_matter_who_is_at_work() -> None:
    """Ada takes much and Bob little, and Bob came back from his holidays."""
    before = [
        *stream(0.6, 900, seed=1, at=0, people=["ada"]),
        *stream(0.1, 100, seed=2, at=900, people=["bob"]),
    ]
    after = [
        *stream(0.6, 100, seed=3, at=BEFORE, people=["ada"]),
        *stream(0.1, 900, seed=4, at=BEFORE + 100, people=["bob"]),
    ]
    assert not compare(after, before).worse
