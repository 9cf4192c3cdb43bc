"""Candidates are compared with each other, and what says nothing is counted out."""

import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_models import example

from understudy_trainer.reinforce.groups import (
    Candidate,
    Group,
    Origin,
    Scale,
    advantages,
    compared,
)

REWARDS = st.lists(st.floats(-0.25, 1), min_size=2, max_size=12)


def a_candidate(
    reward: float = 0.0,
    *,
    logprobs: tuple[float, ...] = (-0.5, -0.1),
    tokens: int = 2,
    text: str | None = None,
) -> Candidate:
    return Candidate(
        text=f"worth {reward}" if text is None else text,
        tokens=tuple(range(tokens)),
        logprobs=logprobs,
        reward=reward,
        origin=Origin.ROLLOUT,
        release=None,
    )


def left_out_of(*candidates: Candidate) -> tuple[int, dict[str, int]]:
    left_out: Counter[str] = Counter()
    found = list(compared([Group(example(1), candidates)], left_out))
    return sum(len(each.group.candidates) for each in found), dict(left_out)


def test_by_hand() -> None:
    assert advantages([1, 0, 0, -0.2], scale=Scale.REWARD) == pytest.approx([0.8, -0.2, -0.2, -0.4])
    by = math.sqrt((0.64 + 0.04 + 0.04 + 0.16) / 4) + 1e-4
    assert advantages([1, 0, 0, -0.2], scale=Scale.DEVIATION) == pytest.approx(
        [0.8 / by, -0.2 / by, -0.2 / by, -0.4 / by]
    )


def test_a_trifle_is_a_trifle_unless_the_deviation_makes_it_large() -> None:
    trifle = [-0.2, -0.21]
    assert max(map(abs, advantages(trifle, scale=Scale.REWARD))) == pytest.approx(0.005)
    assert max(map(abs, advantages(trifle, scale=Scale.DEVIATION))) == pytest.approx(1, abs=0.1)


@given(REWARDS, st.sampled_from(Scale))
def test_advantages_are_finite_add_up_to_nothing_and_keep_the_order(
    rewards: list[float], scale: Scale
) -> None:
    found = advantages(rewards, scale=scale)
    assert all(map(math.isfinite, found))
    assert sum(found) == pytest.approx(0, abs=1e-6)
    in_order = [each for _, each in sorted(zip(rewards, found, strict=True))]
    assert in_order == sorted(in_order)


def test_a_group_that_differs_goes_on_as_it_is() -> None:
    group = Group(example(1), (a_candidate(1.0), a_candidate(-0.2)))
    (found,) = compared([group], Counter())
    assert found.group == group
    assert found.advantages == pytest.approx([0.6, -0.6])


def test_equal_rewards_say_nothing_and_are_counted() -> None:
    assert left_out_of(a_candidate(0.3), a_candidate(0.3)) == (0, {"group: all rewards equal": 1})
    assert left_out_of(a_candidate(0.3)) == (0, {"group: fewer than two candidates": 1})


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_refused_and_counted(value: float) -> None:
    good = (a_candidate(1.0), a_candidate(0.0))
    assert left_out_of(*good, a_candidate(value)) == (2, {"candidate: reward is no number": 1})
    assert left_out_of(*good, a_candidate(logprobs=(-0.1, value))) == (
        2,
        {"candidate: log-probability is no number": 1},
    )


def test_a_probability_above_one_is_none() -> None:
    good = (a_candidate(1.0), a_candidate(0.0))
    told = left_out_of(*good, a_candidate(logprobs=(0.5,)))
    assert told == (2, {"candidate: log-probability is no number": 1})
    assert left_out_of(*good, a_candidate(logprobs=(1e-7,))) == (3, {})


def test_without_log_probabilities_or_with_too_many_nothing_is_compared() -> None:
    bare = a_candidate(1.0, logprobs=())
    long = a_candidate(0.5, tokens=1)
    assert left_out_of(bare, long, a_candidate(0.0)) == (
        0,
        {
            "candidate: without log-probabilities": 1,
            "candidate: more log-probabilities than tokens": 1,
            "group: fewer than two candidates": 1,
        },
    )


def test_log_probabilities_of_the_first_tokens_alone_are_enough() -> None:
    first = a_candidate(1.0, logprobs=(-0.1,), tokens=3)
    assert left_out_of(first, a_candidate(0.0)) == (2, {})


def test_a_group_without_a_right_answer_does_not_teach_silence() -> None:
    wrong = (a_candidate(-0.25), a_candidate(-0.02))
    silent = (a_candidate(0.0, text=""), a_candidate(0.0, text=" \n"))
    left_out: Counter[str] = Counter()
    (found,) = compared([Group(example(1), (*wrong, *silent))], left_out)
    assert found.group.candidates == wrong
    assert found.advantages == pytest.approx([-0.115, 0.115])
    assert left_out == {"candidate: silent where none is right": 2}
    assert left_out_of(wrong[0], *silent) == (
        0,
        {"candidate: silent where none is right": 2, "group: fewer than two candidates": 1},
    )


def test_beside_a_right_answer_silence_is_worse_than_it_and_better_than_a_wrong_one() -> None:
    group = Group(example(1), (a_candidate(1.0), a_candidate(0.0, text=""), a_candidate(-0.2)))
    (found,) = compared([group], Counter())
    assert found.group == group
    assert found.advantages == sorted(found.advantages, reverse=True)
