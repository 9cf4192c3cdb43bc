"""How many steps, and how fast."""

from collections.abc import Sequence

import msgspec
import pytest

from understudy_trainer.learn.schedule import learning_rate, steps_possible, steps_wanted
from understudy_trainer.learn.settings import LearnerSettings

SETTINGS = LearnerSettings(
    passes=3, row_tokens=1000, rows_per_step=4, replay_share=0.25, learning_rate=1.0
)


def test_the_steps_cost_in_proportion_to_what_is_new() -> None:
    assert steps_wanted(30_000, SETTINGS) == 30
    assert steps_wanted(60_000, SETTINGS) == 60
    assert steps_wanted(0, SETTINGS) == 0


def possible(
    step: int,
    wanted: int,
    *,
    training_s: float,
    left_s: float,
    budget_s: float = 100,
    recent_s: Sequence[float] = (),
) -> int:
    return steps_possible(
        step,
        wanted,
        training_s=training_s,
        left_s=left_s,
        budget_s=budget_s,
        recent_s=recent_s,
    )


def test_the_plan_is_kept_while_the_time_suffices() -> None:
    assert possible(10, 100, training_s=10, left_s=90) == 100


def test_before_the_first_step_no_pace_is_known() -> None:
    assert possible(0, 100, training_s=5, left_s=1) == 100


def test_a_step_that_would_mostly_be_late_is_not_begun() -> None:
    assert possible(10, 100, training_s=10, left_s=0.4) == 10
    assert possible(10, 100, training_s=10, left_s=0.6) == 11


def test_the_plan_is_lowered_to_what_the_pace_allows() -> None:
    assert possible(10, 100, training_s=20, left_s=90) == 55


def test_steps_that_became_slower_lower_the_plan_and_one_that_was_held_up_does_not() -> None:
    assert possible(10, 100, training_s=10, left_s=20, recent_s=[4.0] * 5) == 15
    assert possible(10, 100, training_s=10, left_s=20, recent_s=[1, 1, 9, 1, 1]) == 30
    assert possible(10, 100, training_s=10, left_s=20, recent_s=[0.1] * 5) == 30


def test_at_the_end_no_step_is_begun_that_may_be_as_slow_as_the_slowest() -> None:
    assert possible(90, 100, training_s=90, left_s=4, recent_s=[1, 1, 12, 1]) == 90
    assert possible(90, 100, training_s=90, left_s=4, recent_s=[1, 1, 8, 1]) == 94
    assert possible(80, 100, training_s=80, left_s=14, recent_s=[1, 1, 30, 1]) == 94


def test_nothing_more_is_done_when_the_time_is_over() -> None:
    assert possible(10, 100, training_s=20, left_s=-1) == 10
    assert possible(0, 100, training_s=0, left_s=0) == 0


def test_the_learning_rate_rises_stays_and_falls_to_nearly_zero() -> None:
    rates = [learning_rate(step, 100, SETTINGS) for step in range(100)]
    assert rates[0] == pytest.approx(1 / 6)
    assert rates[6:39] == [1.0] * 33
    assert rates[40:] == sorted(rates[40:], reverse=True)
    assert 0 < rates[99] < 0.02


@pytest.mark.parametrize(("total", "highest"), [(10, 1.0), (100, 1.0), (400, 0.5), (10_000, 0.1)])
def test_steps_are_shorter_where_there_are_many(total: int, highest: float) -> None:
    flat = msgspec.structs.replace(SETTINGS, flat=1.0)
    assert learning_rate(total - 1, total, flat) == pytest.approx(highest)


def test_a_rate_that_never_falls_can_be_had() -> None:
    flat = msgspec.structs.replace(SETTINGS, flat=1.0)
    assert learning_rate(99, 100, flat) == 1.0
