"""What a candidate is worth, as a table."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from task_sets import hole
from tiny_models import example

from understudy_trainer.reinforce.reward import (
    KEPT,
    LONGEST,
    NAMED,
    NEAR,
    OVERLONG,
    PARSES,
    PASSES_TESTS,
    RIGHT,
    SHOWN,
    ends_too_early,
    hole_of,
    paid_once,
    reward,
)

BODY = hole(
    "total = left + right\n    return total",
    prefix="def mix(left, right):\n    ",
    suffix="\n\nprint(mix(1, 2))\n",
)
KNOWN = frozenset({"other"})


@pytest.mark.parametrize(
    ("candidate", "worth"),
    [
        ("left, right", RIGHT),
        ("left,right", RIGHT),
        ("left, right  # both\n", RIGHT - OVERLONG),
        ("left, right)  # both", -SHOWN + PARSES + NAMED + NEAR * 10 / 16),
        ("", 0.0),
        (" \n", 0.0),
        ("left, right\n)\nprint(1)", RIGHT - OVERLONG),
        ("left, right\n", RIGHT),
        ("left, ", -SHOWN + SHOWN * 5 / 10),
        ("right", -SHOWN + PARSES + NAMED + NEAR * 5 / 10),
        ("other", -SHOWN + PARSES + NAMED),
        ("otter", -SHOWN + PARSES),
        ("right)", -SHOWN + NEAR * 5 / 10),
        ("))))", -SHOWN),
        ("x" * (LONGEST + 1), -SHOWN),
    ],
)
def test_within_a_line(candidate: str, worth: float) -> None:
    assert reward(hole(), candidate, known=KNOWN) == pytest.approx(worth)


@pytest.mark.parametrize(
    ("candidate", "worth"),
    [
        ("total = left + right\n    return total", RIGHT),
        ("total = left+right\n    return total", RIGHT),
        ("total = left + right", -SHOWN + SHOWN * 16 / 27),
        ("return left + right", -SHOWN + PARSES + NAMED + NEAR * 10 / 27),
    ],
)
def test_of_several_lines(candidate: str, worth: float) -> None:
    assert reward(BODY, candidate, known=KNOWN) == pytest.approx(worth)


@pytest.mark.parametrize(
    ("tests", "candidate", "worth"),
    [
        (True, "right, left", PASSES_TESTS),
        (True, "right, left\nprint(1)", PASSES_TESTS - OVERLONG),
        (True, "left, right", RIGHT),
        (True, "", 0.0),
        (False, "right, left", -SHOWN),
        (False, "left, right", RIGHT),
    ],
)
def test_what_tests_say_counts_where_the_text_is_another(
    tests: bool, candidate: str, worth: float
) -> None:
    assert reward(hole(), candidate, known=KNOWN, tests=tests) == pytest.approx(worth)


@pytest.mark.parametrize(
    ("kept", "candidate", "worth"),
    [
        (0.0, "left, right", RIGHT),
        (1.0, "left, right", RIGHT),
        (1.0, "left, wrong", -SHOWN + (SHOWN + KEPT) * 5 / 10),
        (0.25, "left, wrong", -SHOWN + (SHOWN + KEPT) * 0.25),
        (0.0, "left, wrong", -SHOWN + PARSES + NEAR * 5 / 10),
        (1.0, "left,", -SHOWN + SHOWN * 5 / 10),
        (1.0, "rm('-rf')", -SHOWN + PARSES),
        (1.0, "", 0.0),
    ],
)
def test_what_people_kept_counts_as_far_as_it_stands_there(
    kept: float, candidate: str, worth: float
) -> None:
    assert reward(hole(), candidate, known=KNOWN, kept=kept) == pytest.approx(worth)


def test_an_example_is_judged_as_the_hole_it_is() -> None:
    made = example(3)
    assert reward(hole_of(made, world="shop"), made.middle, known=()) == RIGHT
    dos = msgspec.structs.replace(made, prefix=made.prefix.replace("\n", "\r\n"))
    assert hole_of(dos, world="shop") == hole_of(made, world="shop")


def test_what_costs_nothing_to_show_is_worth_it_one_time_in_five() -> None:
    times = SHOWN / (RIGHT + SHOWN)
    assert times == pytest.approx(0.2)


@given(st.text(max_size=60), st.sampled_from([None, True, False]), st.none() | st.floats(0, 1))
def test_it_lies_within_its_bounds(text: str, tests: bool | None, kept: float | None) -> None:
    for place in (hole(), BODY):
        assert -SHOWN <= reward(place, text, known=KNOWN, tests=tests, kept=kept) <= RIGHT


@given(st.text(alphabet="left, right()+#'\n", max_size=30))
def test_only_what_is_right_is_worth_more_than_nothing(text: str) -> None:
    worth = reward(hole(), text, known=KNOWN)
    assert worth in (0.0, RIGHT, RIGHT - OVERLONG) or -SHOWN <= worth <= -SHOWN + SHOWN * 0.99


def test_the_same_answer_is_worth_the_same_in_a_long_hole_and_in_a_short_one() -> None:
    long = hole(", ".join(["left, right"] * 20))
    assert reward(long, long.middle, known=KNOWN) == reward(hole(), "left, right", known=KNOWN)
    assert reward(long, long.middle[: len(long.middle) // 2], known=KNOWN) == pytest.approx(
        reward(hole(), "left,", known=KNOWN), abs=0.01
    )


@pytest.mark.parametrize(
    ("true", "shown", "early"),
    [
        ("left, right", "left", True),
        ("left, right", "left, right", False),
        ("left, right", "left, right, more", False),
        ("left, right", "right", False),
        ("a =\n  b", "a =", True),
    ],
)
def test_what_ends_too_early(true: str, shown: str, early: bool) -> None:
    assert ends_too_early(true, shown) is early


@pytest.mark.parametrize(
    ("rewards", "paid"),
    [
        ([], []),
        ([1.0], [1.0]),
        ([0.3, 1.0], [0.0, 1.0]),
        ([0.3, 0.4, 0.4], [0.0, 0.4, 0.0]),
        ([1.0, 1.0, -0.1], [1.0, 1.0, -0.1]),
        ([-0.2, -0.1], [-0.2, -0.1]),
    ],
)
def test_what_is_not_right_is_paid_once_a_line(rewards: list[float], paid: list[float]) -> None:
    assert paid_once(rewards) == paid
