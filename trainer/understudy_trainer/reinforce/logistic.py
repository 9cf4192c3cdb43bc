"""Logistic regression with a ridge penalty, by Newton's method.

Hastie, Tibshirani and Friedman, The Elements of Statistical Learning, sections 3.4.1 and 4.4.1.
"""

from typing import NamedTuple

import numpy as np

from understudy_trainer.repoworld.bootstrap import Numbers

STEPS = 50
HALVINGS = 30
CLOSE = 1e-9
"""Of the penalised log-likelihood: a smaller step is none."""


class Logistic(NamedTuple):
    bias: float
    weights: Numbers
    """Of the columns, in their own units."""

    def chances(self, rows: Numbers) -> Numbers:
        return _sigmoid(self.bias + rows @ self.weights)


def logistic(rows: Numbers, right: Numbers, weight: Numbers, *, ridge: float) -> Logistic:
    """`rows` has a column for each feature; `right` is 0 or 1, and `weight` above 0, for each row.

    The penalty is on columns of deviation 1, so that units do not matter; the bias has none. A
    column that is the same everywhere gets no weight.
    """
    total = weight.sum()
    mean = weight @ rows / total
    deviation = np.sqrt(weight @ (rows - mean) ** 2 / total)
    deviation[deviation < 1e-9] = np.inf
    scaled = np.column_stack([np.ones(len(rows)), (rows - mean) / deviation])
    penalty = np.full(scaled.shape[1], ridge)
    penalty[0] = 1e-6  # where all are right or all are wrong it has an end all the same
    found = _newton(scaled, right, weight, penalty)
    weights = found[1:] / deviation
    return Logistic(bias=float(found[0] - weights @ mean), weights=weights)


def _newton(rows: Numbers, right: Numbers, weight: Numbers, penalty: Numbers) -> Numbers:
    found = np.zeros(rows.shape[1])
    loss = _loss(found, rows, right, weight, penalty)
    for _ in range(STEPS):
        chances = _sigmoid(rows @ found)
        slope = rows.T @ (weight * (chances - right)) + penalty * found
        curve = (rows.T * (weight * chances * (1 - chances))) @ rows + np.diag(penalty)
        step = np.linalg.solve(curve, slope)
        for halving in range(HALVINGS):  # far away a whole step may lead uphill
            tried = found - step / 2**halving
            tried_loss = _loss(tried, rows, right, weight, penalty)
            if tried_loss <= loss:
                break
        else:
            return found
        gained, found, loss = loss - tried_loss, tried, tried_loss
        if gained < CLOSE:
            break
    return found


def _loss(
    found: Numbers, rows: Numbers, right: Numbers, weight: Numbers, penalty: Numbers
) -> float:
    odds = rows @ found
    each = np.logaddexp(0.0, odds) - right * odds
    return float(weight @ each + penalty @ found**2 / 2)


def _sigmoid(odds: Numbers) -> Numbers:
    return 1 / (1 + np.exp(-np.clip(odds, -30.0, 30.0)))
