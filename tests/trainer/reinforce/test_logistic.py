"""The regression finds what was planted, and always an end."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy_trainer.reinforce.logistic import logistic


def test_planted_weights_are_found_in_their_own_units() -> None:
    draws = np.random.default_rng(0)
    rows = draws.normal((3.0, -100.0), (1.0, 50.0), (20_000, 2))
    chances = 1 / (1 + np.exp(-(0.5 + 1.5 * (rows[:, 0] - 3) - 0.02 * (rows[:, 1] + 100))))
    right = (draws.random(len(rows)) < chances).astype(float)
    found = logistic(rows, right, np.ones(len(rows)), ridge=1.0)
    assert found.weights == pytest.approx([1.5, -0.02], rel=0.05)
    assert found.chances(rows) == pytest.approx(chances, abs=0.03)


def test_a_weight_of_two_is_the_same_row_twice() -> None:
    rows, right = np.array([[0.0], [1.0], [2.0], [3.0]]), np.array([0.0, 1.0, 0.0, 1.0])
    twice = logistic(np.vstack([rows, rows[:2]]), np.append(right, right[:2]), np.ones(6), ridge=1)
    weighed = logistic(rows, right, np.array([2.0, 2.0, 1.0, 1.0]), ridge=1)
    assert weighed.bias == pytest.approx(twice.bias)
    assert weighed.weights == pytest.approx(twice.weights)


def test_what_separates_completely_gets_a_finite_weight() -> None:
    rows = np.arange(-25.0, 25.0)[:, None] / 25
    found = logistic(rows, (rows[:, 0] > 0).astype(float), np.ones(50), ridge=1.0)
    assert 0 < found.weights[0] < 20


@given(
    st.lists(
        st.tuples(st.floats(-50, 50), st.floats(-50, 50), st.booleans(), st.floats(1, 20)),
        min_size=1,
        max_size=30,
    )
)
def test_it_always_ends_with_chances_between_0_and_1(
    table: list[tuple[float, float, bool, float]],
) -> None:
    rows = np.array([row[:2] for row in table])
    right, weight = np.array([float(row[2]) for row in table]), np.array([row[3] for row in table])
    chances = logistic(rows, right, weight, ridge=5.0).chances(rows)
    assert np.all((chances > 0) & (chances < 1))


def test_a_column_that_is_the_same_everywhere_gets_no_weight() -> None:
    rows = np.array([[1.0, float(number)] for number in range(20)])
    found = logistic(rows, np.tile([0.0, 1.0], 10), np.ones(20), ridge=1.0)
    assert found.weights[0] == 0
