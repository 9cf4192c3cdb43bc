"""How long a person waits before each key.

Intervals between keys are log-normal, longer before words, and longest where a new line has to be
thought of (Roeser et al. 2021, "Modelling typing disfluencies as finite mixture process"). In all a
key takes the mean of 136 million keystrokes, 239 ms (Dhakal et al. 2018, "Observations on typing
from 136 million keystrokes"); a new line takes the mental operator of Card, Moran and Newell (1980,
"The keystroke-level model"), 1.35 s.
"""

import math
import random

IN_WORD_S, IN_WORD_SPREAD = 0.16, 0.4
BEFORE_WORD_S, BEFORE_WORD_SPREAD = 0.24, 0.5
NEW_LINE_S, NEW_LINE_SPREAD = 1.1, 0.6
"""Medians, and standard deviations of the logarithms."""

LONGEST_S = 4.0
"""Beyond that people do something else, and nothing is measured."""


def pause_s(before: str, *, seed: str) -> float:
    """Seconds before the key that follows the text `before`; the same for the same seed."""
    last = before[-1:]
    if last == "\n" or not before.rpartition("\n")[2].strip():
        middle, spread = NEW_LINE_S, NEW_LINE_SPREAD
    elif last.isalnum() or last == "_":
        middle, spread = IN_WORD_S, IN_WORD_SPREAD
    else:
        middle, spread = BEFORE_WORD_S, BEFORE_WORD_SPREAD
    return min(random.Random(seed).lognormvariate(math.log(middle), spread), LONGEST_S)


def after_accepting_s(*, seed: str) -> float:
    """What was taken has to be read, and the next thought of: as long as a new line takes."""
    return pause_s("\n", seed=seed)
