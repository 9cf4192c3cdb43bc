"""The true text is preferred to what is wrong, and to nothing else."""

import math
from collections import Counter

import msgspec
from tiny_models import example

from understudy_trainer.reinforce.groups import Candidate, Group, Origin
from understudy_trainer.reinforce.pairs import pairs

EXAMPLE = example(1)


def pairs_of(*candidates: tuple[str, float]) -> tuple[list[str], dict[str, int]]:
    left_out: Counter[str] = Counter()
    made = tuple(
        Candidate(
            text=text, tokens=(), logprobs=(), reward=reward, origin=Origin.SERVED, release="1"
        )
        for text, reward in candidates
    )
    found = list(pairs(Group(EXAMPLE, made), left_out))
    assert all(each.example == EXAMPLE for each in found)
    return [each.rejected for each in found], dict(left_out)


def test_each_wrong_text_is_rejected_once_without_log_probabilities() -> None:
    assert pairs_of(("one", -0.2), ("two", -0.1), ("one", -0.2)) == (
        ["one", "two"],
        {"pair: same text": 1},
    )


def test_what_is_right_or_kept_and_what_was_not_shown_is_not_rejected() -> None:
    assert pairs_of((EXAMPLE.middle, 1.0), ("nearly", 0.3), (" ", 0.0), ("odd", math.nan)) == (
        [],
        {"pair: not wrong": 2, "pair: nothing was shown": 1, "pair: reward is no number": 1},
    )


def test_a_beginning_of_the_true_text_is_not_rejected() -> None:
    beginning = EXAMPLE.middle[:10]
    assert pairs_of((beginning, -0.1)) == ([], {"pair: beginning of the true text": 1})
    other = msgspec.structs.replace(EXAMPLE, middle="else")
    assert [each.rejected for each in pairs(Group(other, ()), Counter())] == []
