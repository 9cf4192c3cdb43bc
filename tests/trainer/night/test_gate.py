"""What is promoted, by figures alone."""

import msgspec
import pytest

from understudy_trainer.night.gate import (
    FEWEST_HOLES,
    FEWEST_PLACES,
    MOST_FORGOTTEN,
    MOST_FORGOTTEN_OF_OTHER,
    MOST_FORGOTTEN_SINCE,
    judge,
)
from understudy_trainer.night.proof import Proved
from understudy_trainer.night.record import Comparison

BETTER = Proved(
    comparisons=(),
    overall=Comparison("new code", 100, 900, 2.3, 2.3, 2.0, 0.3, 0.2, 0.4),
    forgotten=0.0,
    forgotten_of_other=0.0,
    forgetting=0.0,
    places=60,
)


def test_what_is_better_and_forgot_nothing_is_promoted() -> None:
    verdict = judge(BETTER)
    assert verdict.promoted
    assert "+0.300" in verdict.reason


@pytest.mark.parametrize("low", [0.0, -0.01])
def test_a_gain_that_may_be_chance_is_not_promoted(low: float) -> None:
    unsure = msgspec.structs.replace(
        BETTER, overall=msgspec.structs.replace(BETTER.overall, low=low)
    )
    verdict = judge(unsure)
    assert not verdict.promoted
    assert "does not exclude zero" in verdict.reason


def test_a_proof_on_few_holes_promotes_nothing() -> None:
    few = msgspec.structs.replace(BETTER.overall, holes=FEWEST_HOLES - 1)
    assert not judge(msgspec.structs.replace(BETTER, overall=few)).promoted


def test_a_proof_on_few_places_promotes_nothing() -> None:
    assert judge(msgspec.structs.replace(BETTER, places=FEWEST_PLACES)).promoted
    verdict = judge(msgspec.structs.replace(BETTER, places=FEWEST_PLACES - 1))
    assert not verdict.promoted
    assert "Commit more code" in verdict.reason


def test_forgetting_earlier_nights_is_not_promoted() -> None:
    just = msgspec.structs.replace(BETTER, forgotten=MOST_FORGOTTEN)
    assert judge(just).promoted
    more = judge(msgspec.structs.replace(BETTER, forgotten=MOST_FORGOTTEN + 0.001))
    assert not more.promoted
    assert "earlier nights" in more.reason


def test_forgetting_other_code_is_not_promoted() -> None:
    just = msgspec.structs.replace(BETTER, forgotten_of_other=MOST_FORGOTTEN_OF_OTHER)
    assert judge(just).promoted
    more = judge(
        msgspec.structs.replace(BETTER, forgotten_of_other=MOST_FORGOTTEN_OF_OTHER + 0.001)
    )
    assert not more.promoted
    assert "other code" in more.reason


def test_a_candidate_that_diverged_is_not_promoted() -> None:
    nothing = float("nan")
    diverged = msgspec.structs.replace(BETTER.overall, gain=nothing, low=nothing, high=nothing)
    assert not judge(msgspec.structs.replace(BETTER, overall=diverged)).promoted
    assert not judge(msgspec.structs.replace(BETTER, forgotten=nothing)).promoted
    assert not judge(msgspec.structs.replace(BETTER, forgotten_of_other=nothing)).promoted


def test_what_nights_forget_does_not_add_up() -> None:
    above = msgspec.structs.replace(BETTER, forgotten=0.001, forgotten_since=0.051)
    verdict = judge(above)
    assert not verdict.promoted
    assert "5.1%" in verdict.reason
    assert judge(msgspec.structs.replace(above, forgotten_since=MOST_FORGOTTEN_SINCE)).promoted
    # Who takes nothing more away is not held up by what others have forgotten.
    assert judge(msgspec.structs.replace(above, forgotten=0.0)).promoted
