"""Figures computed by hand, and intervals that cover what is true."""

import msgspec
import numpy as np
import pytest
from task_sets import KINDS, WORLDS, results, task_set

from understudy_protocol.errors import ConfigError
from understudy_trainer.repoworld.agent import Answer
from understudy_trainer.repoworld.bootstrap import ends, resampled
from understudy_trainer.repoworld.figures import AgentFigures, Figures, difference, figures
from understudy_trainer.repoworld.results import Result

HOLES = task_set(4)
"""Of `left, right + N`."""


def result(number: int, agent: str = "a", *, success: bool = False, **answer: object) -> Result:
    made = msgspec.convert({"candidates": ["left, wrong"], **answer}, Answer)
    return Result(HOLES.hash, agent, HOLES.holes[number].id, made, success)


def figures_of(*made: Result) -> AgentFigures:
    return figures(HOLES, made).agents[0]


def test_figures_are_means_over_holes() -> None:
    found = figures_of(
        result(0, success=True, candidates=["left, right + 0"], ms=10, prompt_tokens=100),
        result(1, candidates=[], ms=20, prompt_tokens=300),
        result(2, candidates=["right"], ms=30, output_tokens=2),
        result(3, candidates=["left"], ms=40, output_tokens=4),
    )
    assert found.n == 4
    assert found.success == 0.25
    assert (found.low, found.high) == (0.0, 0.75)
    assert found.answered == 0.75
    assert found.first_token == 0.5
    assert found.kept_characters == (len("left,right+0") + len("right") + len("left")) / 4
    assert found.edit_similarity == pytest.approx((1 + 5 / 15 + 4 / 15) / 4)
    assert (found.prompt_tokens, found.output_tokens) == (100, 1.5)
    assert (found.ms_p50, found.ms_p95) == (25, pytest.approx(38.5))
    assert (found.loss, found.loss_low, found.loss_n) == (None, None, 0)


def test_loss_is_a_mean_over_tokens_of_holes_that_all_with_a_loss_have() -> None:
    made = [
        *(result(number, "silent") for number in range(4)),
        *(result(number, "one", loss=1.0, loss_tokens=1) for number in range(2)),
        result(2, "one", loss=4.0, loss_tokens=3),
        result(3, "one"),
        *(result(number, "two", loss=2.0, loss_tokens=1) for number in range(1, 4)),
        result(0, "two", loss=9.0, loss_tokens=0),
    ]
    silent, one, two = figures(HOLES, made).agents
    assert silent.loss is None
    assert (one.loss_n, one.loss) == (2, (1 * 1 + 4 * 3) / 4)
    assert (two.loss_n, two.loss) == (2, 2.0)
    assert (one.loss_low, one.loss_high) == (1.0, 4.0)


def test_only_holes_that_all_agents_were_asked_are_counted() -> None:
    every = [result(number, "all", success=number == 3) for number in range(4)]
    some = [result(number, "some", success=True) for number in range(2)]
    first, second = figures(HOLES, [*every, *some]).agents
    assert (first.n, first.success) == (2, 0)
    assert (second.n, second.success) == (2, 1)
    with pytest.raises(ConfigError, match="no hole that every agent was asked"):
        figures(HOLES, [result(0, "one"), result(1, "two")])
    with pytest.raises(ConfigError, match="no hole"):
        figures(HOLES, [])


def test_kinds_and_worlds_have_figures_of_their_own() -> None:
    holes = task_set(12)
    made = results(holes, "a", success=0.5)
    found = figures(holes, made).agents[0]
    assert tuple(found.by_kind) == tuple(sorted(KINDS))
    assert tuple(found.by_world) == WORLDS
    assert sum(score.n for score in found.by_kind.values()) == 12
    right = sum(score.n * score.success for score in found.by_world.values())
    assert right == pytest.approx(12 * found.success)


def test_figures_of_another_task_set_are_refused() -> None:
    other = results(task_set(4, seed=1), "a", success=1)
    with pytest.raises(ConfigError, match="cannot be compared"):
        figures(HOLES, other)
    with pytest.raises(ConfigError, match="cannot be compared"):
        difference(results(HOLES, "a", success=1), other)


def test_figures_are_the_same_each_time_and_go_through_json() -> None:
    holes = task_set(40)
    made = [*results(holes, "a", success=0.3, loss=1.2), *results(holes, "b", success=0.4)]
    found = figures(holes, made)
    assert figures(holes, made) == found
    assert msgspec.json.decode(msgspec.json.encode(found), type=Figures) == found


def test_a_small_difference_shows_when_it_is_paired() -> None:
    holes = task_set(300)
    made = results(holes, "a", success=0.4, loss=1.0)
    better = [
        msgspec.structs.replace(
            each,
            agent="b",
            success=each.success or number % 15 == 0,
            answer=msgspec.structs.replace(each.answer, loss=(each.answer.loss or 0) - 0.05),
        )
        for number, each in enumerate(made)
    ]
    found = difference(better, made)
    assert 0 < found.low <= found.success <= found.high < 0.1
    assert found.loss == pytest.approx(-0.05)
    assert (found.loss_low, found.loss_high) == (pytest.approx(-0.05), pytest.approx(-0.05))
    both = figures(holes, [*made, *better]).agents
    assert both[0].high > both[1].low, "their own intervals overlap"


def test_a_difference_is_of_holes_that_both_were_asked() -> None:
    one = [result(0, success=True), result(1, success=True)]
    other = [result(1, "b"), result(2, "b", success=True)]
    found = difference(one, other)
    assert (found.n, found.success, found.loss, found.loss_n) == (1, 1.0, None, 0)
    with pytest.raises(ConfigError):
        difference(one, [result(3)])


def test_nineteen_of_twenty_intervals_cover_the_truth() -> None:
    random = np.random.default_rng(7)
    truth, repeats = 0.3, 300
    covered = 0
    for _ in range(repeats):
        low, high = ends(resampled(random.binomial(1, truth, (120, 1)).astype(float))[:, 0] / 120)
        covered += low <= truth <= high
    assert 0.91 < covered / repeats < 0.98


def test_each_column_is_resampled_with_the_same_holes() -> None:
    column = np.arange(20, dtype=np.float64)
    sums = resampled(np.stack([column, 2 * column], axis=1))
    assert np.array_equal(2 * sums[:, 0], sums[:, 1])
    assert np.array_equal(resampled(column[:, None])[:, 0], sums[:, 0])
