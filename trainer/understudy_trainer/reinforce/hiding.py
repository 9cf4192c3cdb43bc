"""What it costs and brings to hide those suggestions whose chance is below a bound."""

import math

import msgspec
import numpy as np
import numpy.typing as npt

from understudy_protocol.outcome import OutcomeProof
from understudy_trainer.repoworld.bootstrap import Numbers, ends, resampled

LOST = 0.05
"""Of the accepted characters, what may be hidden."""

SURENESS = 1.2816
"""Deviations of a normal distribution below which nine tenths lie."""

BLOCK = 10
"""Suggestions in succession that are drawn together: one line has several, and they are alike."""

Flags = npt.NDArray[np.bool_]


class Past(msgspec.Struct, frozen=True):
    """Suggestions that were shown: a number for each, the oldest first."""

    accepted: Flags
    characters: Numbers
    """Of those, how many were accepted."""
    weight: Numbers
    """How many suggestions it stands for."""


def bound(chances: Numbers, past: Past) -> float | None:
    """The highest chance below which may be hidden: with nine chances in ten no more than `LOST` is
    lost by it. None if nothing may be hidden."""
    mass = past.weight * past.characters
    many = mass.sum() ** 2 / (mass**2).sum()  # as if so many counted alike (Kish)
    best = None
    for below in np.unique(chances[past.accepted]).tolist():
        hidden = chances < below
        if at_most(float(mass[hidden].sum() / mass.sum()), many) > LOST:
            break
        if hidden.any():
            best = below
    return best


def at_most(share: float, many: float) -> float:
    """What a share of so many really is at most (Wilson, JASA 22, 1927, one-sided).

    >>> at_most(0.0, 30) > LOST > at_most(0.0, 40)
    True
    """
    z = SURENESS**2 / many
    spread = SURENESS * math.sqrt(share * (1 - share) / many + z / (4 * many))
    return (share + z / 2 + spread) / (1 + z)


def judged(hidden: Flags, past: Past) -> OutcomeProof:
    """`past` has something that was accepted."""
    mass, shown = past.weight * past.characters, past.weight * ~hidden
    columns = np.column_stack(
        [past.weight, past.weight * past.accepted, shown, shown * past.accepted]
    )
    blocks = np.add.reduceat(columns, np.arange(0, len(columns), BLOCK))
    before, after = _shares(columns.sum(axis=0)[None])
    drawn_before, drawn_after = _shares(resampled(blocks))
    low, high = ends(drawn_after - drawn_before)
    return OutcomeProof(
        suggestions=len(columns),
        taken_before=float(before[0]),
        taken=float(after[0]),
        gain_low=low,
        gain_high=high,
        hidden=float((past.weight * hidden).sum() / past.weight.sum()),
        lost=float(mass[hidden].sum() / mass.sum()),
    )


def _shares(sums: Numbers) -> tuple[Numbers, Numbers]:
    """Taken of what is shown, before and after; 0 where nothing is."""
    all_of, taken, shown, taken_of_shown = sums.T
    return taken / np.maximum(all_of, 1e-9), taken_of_shown / np.maximum(shown, 1e-9)
