"""Figures with their uncertainty, and the reranker's few weights."""

import math
from collections.abc import Callable, Sequence

import numpy as np


def share_interval(hits: int, of: int) -> tuple[float, float]:
    """95 % interval of a share (Wilson, 1927)."""
    if not of:
        return 0.0, 1.0
    z, p = 1.96, hits / of
    middle = (p + z * z / (2 * of)) / (1 + z * z / of)
    half = z * math.sqrt(p * (1 - p) / of + z * z / (4 * of * of)) / (1 + z * z / of)
    return middle - half, middle + half


def bootstrap(
    rows: np.ndarray, figure: Callable[[np.ndarray], float], draws: int = 2000, seed: int = 0
) -> tuple[float, float]:
    """95 % interval of a figure over rows drawn again with replacement."""
    dice = np.random.default_rng(seed)
    found = [figure(rows[dice.integers(0, len(rows), len(rows))]) for _ in range(draws)]
    low, high = np.quantile(found, [0.025, 0.975])
    return float(low), float(high)


def sign_test(won: int, lost: int) -> float:
    """Two-sided p of as uneven a split by chance (McNemar's exact test)."""
    n, most = won + lost, max(won, lost)
    return min(1.0, sum(math.comb(n, k) for k in range(most, n + 1)) / 2 ** (n - 1)) if n else 1.0


def paired(before: Sequence[bool], after: Sequence[bool]) -> str:
    """What was won and lost, and how likely that is by chance."""
    won = sum(b and not a for a, b in zip(before, after, strict=True))
    lost = sum(a and not b for a, b in zip(before, after, strict=True))
    return f"+{won} -{lost}, p = {sign_test(won, lost):.3g}"


def fit_choice(sets: Sequence[tuple[np.ndarray, int]], steps: int = 400) -> np.ndarray:
    """Weights of a choice by softmax: each set is [candidates, features] and the right one.

    Features should be of similar size. A little weight decay, plain gradient steps.
    """
    weights = np.zeros(sets[0][0].shape[1])
    for _ in range(steps):
        slope = 0.01 * weights
        for features, right in sets:
            scores = features @ weights
            shares = np.exp(scores - scores.max())
            slope += (features.T @ (shares / shares.sum()) - features[right]) / len(sets)
        weights -= 0.5 * slope
    return weights
