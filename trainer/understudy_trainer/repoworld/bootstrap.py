"""95 % intervals of what is computed from sums over holes, by the percentile bootstrap."""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

DRAWS = 2000
SEED = 20240117
"""Of the draws. As many holes give the same draws always, so agents are compared on the same."""

_AT_ONCE = 50
"""Draws in memory."""

Numbers = npt.NDArray[np.float64]


def resampled(columns: Numbers) -> Numbers:
    """`columns` has a row for each hole; the sums of each column, a row for each draw of as many
    holes with replacement."""
    generator = np.random.default_rng(SEED)

    def sums() -> Iterator[Numbers]:
        for _ in range(DRAWS // _AT_ONCE):
            drawn = generator.integers(0, len(columns), (_AT_ONCE, len(columns)))
            yield columns[drawn].sum(axis=1)

    return np.concatenate(list(sums()))


def by_cluster(columns: Numbers, clusters: Sequence[int]) -> Numbers:
    """The sums of each cluster, to be drawn as one: its rows are no more than one observation.
    `clusters` has the number of each row's cluster, counted from 0."""
    sums = np.zeros((max(clusters, default=-1) + 1, columns.shape[1]))
    np.add.at(sums, np.array(clusters, dtype=np.intp), columns)
    return sums


def ends(values: Numbers) -> tuple[float, float]:
    """Of the interval that 95 % of draws fall into."""
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)
