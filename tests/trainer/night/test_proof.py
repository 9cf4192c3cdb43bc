"""Arms compared hole by hole."""

from collections.abc import Sequence

import msgspec
import pytest
from tiny_models import example

from understudy_trainer.curriculum.example import Example
from understudy_trainer.learn.losses import ExampleLoss
from understudy_trainer.night.proof import Losses, Sets, places_of, prove, task_set_hash

HOLES = [example(number) for number in range(40)]


def told(nats: Sequence[float], tokens: int = 2) -> list[ExampleLoss]:
    return [ExampleLoss(hole.id, tokens, each) for hole, each in zip(HOLES, nats, strict=False)]


def arm(new: float, other: float = 1.0, earlier: float = 1.0) -> Losses:
    # Every second hole is harder than the others, for all arms.
    return {
        "new code": told([new + number % 2 for number in range(40)]),
        "new code, with snippets": told([new + number % 2 for number in range(40)]),
        "earlier holes": told([earlier] * 10),
        "other code": told([other] * 10),
    }


SETS: Sets = {
    "new code": HOLES,
    "new code, with snippets": HOLES,
    "earlier holes": HOLES[:10],
    "other code": HOLES[:10],
}


def test_a_gain_is_paired_so_hard_holes_do_not_widen_its_interval() -> None:
    proved = prove(SETS, base=arm(4.0), parent=arm(3.0), candidate=arm(2.0))
    new = proved.overall
    assert new.holes == 40
    assert new.gain == pytest.approx(0.5)  # a nat for each hole of two tokens
    assert (new.low, new.high) == (pytest.approx(0.5), pytest.approx(0.5))
    assert new.base == pytest.approx((4.0 + 0.5) / 2)


def test_what_helps_one_hole_of_many_is_no_sure_gain() -> None:
    one = told([0.0, *(3.0 + number % 2 for number in range(1, 40))])
    better: Losses = {**arm(3.0), "new code": one, "new code, with snippets": one}
    proved = prove(SETS, base=arm(3.0), parent=arm(3.0), candidate=better)
    assert proved.overall.gain > 0
    assert proved.overall.low <= 0


def test_holes_of_one_place_are_one_observation() -> None:
    # What helps one line is no sure gain, however many holes are cut from it.
    alike = msgspec.structs.replace(HOLES[0], prefix=HOLES[0].prefix + "sum", middle="(1)")
    holes = [*HOLES[:10], *(msgspec.structs.replace(alike, suffix=f"{n}") for n in range(30))]
    sets: Sets = {"new code": holes, "new code, with snippets": holes}
    was = told([3.0] * 40)
    now = told([0.0, *([3.0 + 0.1 * (n % 3) for n in range(9)]), *([0.0] * 30)])
    proved = prove(
        sets,
        base=dict.fromkeys(sets, was),
        parent=dict.fromkeys(sets, was),
        candidate=dict.fromkeys(sets, now),
    )
    assert proved.places == 10
    assert proved.overall.holes == 40
    assert proved.overall.gain > 0
    assert proved.overall.low <= 0


def test_holes_whose_lines_overlap_are_of_one_place() -> None:
    def hole(line: int, middle: str, path: str = "a.py") -> Example:
        prefix = "x = 1\n" * line
        return msgspec.structs.replace(HOLES[0], path=path, prefix=prefix, middle=middle)

    body, call, below = hole(3, "a\nb\nc\n"), hole(5, "c"), hole(6, "d")
    assert places_of([below, call, body, hole(3, "a", "b.py")]) == [1, 0, 0, 2]


def test_forgetting_is_told_against_parent_and_base() -> None:
    proved = prove(
        SETS,
        base=arm(3.0, other=2.0),
        parent=arm(3.0, other=2.1, earlier=1.0),
        candidate=arm(3.0, other=2.2, earlier=1.1),
    )
    assert proved.forgotten == pytest.approx(0.1)
    assert proved.forgotten_of_other == pytest.approx(0.1)
    assert proved.forgetting == pytest.approx(0.05)


def test_without_earlier_holes_nothing_is_said_of_them() -> None:
    sets: Sets = {"new code": HOLES, "new code, with snippets": HOLES}
    whole = arm(3.0)
    arms: Losses = {name: whole[name] for name in sets}
    proved = prove(sets, base=arms, parent=arms, candidate=arms)
    assert {each.name for each in proved.comparisons} == set(sets)
    assert proved.forgotten == proved.forgotten_of_other == proved.forgetting == 0.0


def test_the_hash_is_of_every_hole_and_its_set() -> None:
    moved: Sets = {**SETS, "other code": HOLES[10:20]}
    fewer: Sets = {**SETS, "new code": HOLES[1:]}
    assert len({task_set_hash(SETS), task_set_hash(moved), task_set_hash(fewer)}) == 3


def test_what_was_forgotten_since_it_was_learned_is_told_of_enough_holes() -> None:
    sets: Sets = {**SETS, "earlier holes": HOLES[:20]}
    now: Losses = {**arm(2.0), "earlier holes": told([1.2] * 20)}
    told_of = [
        prove(each, base=arms, parent=arms, candidate=arms, first=first).forgotten_since
        for each, arms, first in (
            (sets, now, [1.0] * 20),
            (sets, now, ()),
            (SETS, arm(2.0, earlier=1.2), [1.0] * 10),
        )
    ]
    assert told_of == [pytest.approx(0.2), None, None]
