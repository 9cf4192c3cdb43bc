"""The test that decides what is kept."""

from itertools import product
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy_trainer.lessons.exact import Counts, chance

COUNTS = st.builds(
    lambda asked, one, other: Counts(min(one, asked), asked, min(other, asked), asked),
    st.integers(1, 8),
    st.integers(0, 8),
    st.integers(0, 8),
)


def test_one_hole_is_fishers_exact_test() -> None:
    # Fisher's tea: three of four, and one of four; 17 of 70 ways are as good.
    assert chance([Counts(3, 4, 1, 4)]) == pytest.approx(17 / 70)


def test_nothing_asked_says_nothing() -> None:
    assert chance([]) == 1
    assert chance([Counts(0, 0, 0, 0)]) == 1


@given(st.lists(COUNTS, max_size=3))
def test_holes_that_everybody_or_nobody_fills_change_nothing(holes: list[Counts]) -> None:
    more = [*holes, Counts(8, 8, 8, 8), Counts(0, 8, 0, 8)]
    assert chance(more) == pytest.approx(chance(holes))


@given(st.lists(COUNTS, min_size=1, max_size=3))
def test_the_order_of_holes_does_not_matter(holes: list[Counts]) -> None:
    assert chance(holes[::-1]) == pytest.approx(chance(holes))


@pytest.mark.parametrize("level", [0.01, 0.05, 0.2])
@pytest.mark.parametrize("shares", [(0.5,), (0.1, 0.8), (0.3, 0.5)])
def test_without_an_effect_it_is_below_a_level_at_most_so_often(
    shares: tuple[float, ...], level: float
) -> None:
    """Every outcome of four answers with and four without, by its probability."""
    asked = 4
    outcomes = product(range(asked + 1), repeat=2)
    each = [(Counts(one, asked, other, asked)) for one, other in outcomes]
    wrong = 0.0
    for holes in product(each, repeat=len(shares)):
        if chance(holes) <= level:
            probability = 1.0
            for share, (one, _, other, _) in zip(shares, holes, strict=True):
                probability *= _binomial(one, asked, share) * _binomial(other, asked, share)
            wrong += probability
    assert wrong <= level


def _binomial(passed: int, asked: int, share: float) -> float:
    return comb(asked, passed) * share**passed * (1 - share) ** (asked - passed)
