"""Quantiles of measured times, and ratios of them."""

import math
from collections.abc import Iterable, Sequence


def quantile(values: Iterable[float], share: float) -> float:
    """The value below which `share` (0 to 1) of the values lie, interpolated linearly.

    Hyndman and Fan (1996), definition 7, which numpy uses too. `values` must not be empty.
    """
    ordered = sorted(values)
    position = share * (len(ordered) - 1)
    below, above = math.floor(position), math.ceil(position)
    return ordered[below] + (ordered[above] - ordered[below]) * (position - below)


def quantile_ratio(values: Sequence[float], base: Sequence[float], share: float) -> float:
    """A quantile of the one over the same quantile of the other."""
    return quantile(values, share) / quantile(base, share)
