"""A figure and its 95 % interval, from sums over hunks.

Every figure is one sum over another. The bootstrap draws as many hunks with replacement, the same
ones for each arm, so a difference between arms has an interval of its own.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec
import numpy as np

from understudy_trainer.repoworld.bootstrap import Numbers, ends, resampled

LEAST = 10
"""Hunks. An interval from fewer would look much surer than it is, so there is none."""


class Estimate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`low` and `high` are the ends of a 95 % interval, None where there are too few hunks."""

    value: float | None = None
    """None where there is nothing to divide by."""
    low: float | None = None
    high: float | None = None


class Ratio(NamedTuple):
    over: str
    under: str
    scale: float = 1.0
    offset: float = 0.0


class Drawn(NamedTuple):
    """A figure, and what it is in each draw; NaN where there is nothing to divide by."""

    value: float
    draws: Numbers

    def less(self, other: "Drawn") -> "Drawn":
        return Drawn(self.value - other.value, self.draws - other.draws)

    def gain_over(self, other: "Drawn") -> "Drawn":
        """As a share of the other; NaN where that is nothing."""
        nothing = np.full_like(other.draws, np.nan)
        draws = np.divide(self.draws, other.draws, out=nothing, where=other.draws > 0)
        value = self.value / other.value if other.value > 0 else np.nan
        return Drawn(value - 1, draws - 1)


def drawn(
    rows: Mapping[str, Sequence[Sequence[float]]],
    ratios: Mapping[str, Ratio],
    *,
    columns: Sequence[str],
) -> dict[str, dict[str, Drawn]]:
    """Arm → name of the ratio → figure. `rows` are an arm's hunks, the same ones in the same order
    for every arm, with a number for each of `columns`."""
    table = np.hstack([np.asarray(each, dtype=np.float64) for each in rows.values()])
    totals = table.sum(axis=0)
    draws = resampled(table) if len(table) >= LEAST else np.empty((0, table.shape[1]))
    found: dict[str, dict[str, Drawn]] = {}
    for number, arm in enumerate(rows):
        place = {name: number * len(columns) + at for at, name in enumerate(columns)}
        found[arm] = {
            name: Drawn(
                float(_ratio(totals[place[ratio.over]], totals[place[ratio.under]], ratio)),
                _ratio(draws[:, place[ratio.over]], draws[:, place[ratio.under]], ratio),
            )
            for name, ratio in ratios.items()
        }
    return found


def estimate(figure: Drawn) -> Estimate:
    if np.isnan(figure.value):
        return Estimate()
    # A draw may miss the few hunks in which there was anything to count.
    defined = figure.draws[~np.isnan(figure.draws)]
    if len(defined) == 0 or 2 * len(defined) < len(figure.draws):
        return Estimate(figure.value)
    return Estimate(figure.value, *ends(defined))


def _ratio(over: Numbers, under: Numbers, ratio: Ratio) -> Numbers:
    nothing = np.full_like(under, np.nan)
    return ratio.offset + ratio.scale * np.divide(over, under, out=nothing, where=under > 0)
