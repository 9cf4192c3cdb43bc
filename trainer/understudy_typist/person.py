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


class Person:
    """Pauses depend on the seed and the place alone, not on what was accepted before."""

    def __init__(self, seed: str) -> None:
        self._seed = seed

    def before_key(self, before: str) -> float:
        """Seconds before the key that follows the text `before`."""
        if not before.rpartition("\n")[2].strip():
            return self._pause(NEW_LINE_S, NEW_LINE_SPREAD, len(before))
        if before[-1].isalnum() or before[-1] == "_":
            return self._pause(IN_WORD_S, IN_WORD_SPREAD, len(before))
        return self._pause(BEFORE_WORD_S, BEFORE_WORD_SPREAD, len(before))

    def after_accepting(self, before: str) -> float:
        """What was taken has to be read, and the next thought of: as long as a new line takes."""
        return self._pause(NEW_LINE_S, NEW_LINE_SPREAD, len(before))

    def _pause(self, median: float, spread: float, place: int) -> float:
        chance = random.Random(f"{self._seed}-{place}")
        return min(chance.lognormvariate(math.log(median), spread), LONGEST_S)
