"""How readily suggestions are asked for and shown: one word of the settings, told in numbers.

Each step has to be felt (VS Code's issue 319869: "low" and "high" that were the same), so every
figure differs by about a factor of two.
"""

import math
from enum import StrEnum

import msgspec

from understudy_lsp.suggestion import Suggestion
from understudy_protocol.events import Source


class Eagerness(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    MANUAL = "manual"
    """Only when asked by a key."""


class Taste(msgspec.Struct, frozen=True):
    patience: float
    """Times the usual pause between two keys that has to pass before a request."""
    shortest_s: float
    """The shortest and the longest wait before a request."""
    longest_s: float
    probability: float
    """The least geometric mean of the probabilities of an answer's tokens."""
    confidence: float
    """The least probability that a copy is right. 0.25 is where a suggestion begins to be worth its
    reading, if an acceptance is worth three times what a rejection costs (Cursor's reward)."""
    blocks: bool
    """Several lines may be suggested without being asked for."""


_TASTES = {
    Eagerness.LOW: Taste(3.0, 0.4, 2.0, 0.7, 0.7, blocks=False),
    Eagerness.MEDIUM: Taste(1.5, 0.075, 0.8, 0.45, 0.45, blocks=True),
    Eagerness.HIGH: Taste(0.75, 0.0, 0.4, 0.2, 0.25, blocks=True),
    Eagerness.MANUAL: Taste(0.0, 0.0, 0.0, 0.0, 0.0, blocks=True),
}


def taste(eagerness: Eagerness) -> Taste:
    return _TASTES[eagerness]


def good_enough(suggestion: Suggestion, *, eagerness: Eagerness, caution: float = 1.0) -> bool:
    """Whether a suggestion that nobody asked for is likely enough to be shown.

    `caution` (from 1, see `attention`) asks for more: at 2 the least probability is its square
    root. What nobody has scored is let through.
    """
    wanted = taste(eagerness)
    if suggestion.source is Source.COPY:
        likely, least = suggestion.confidence, wanted.confidence
    else:
        likely = None if suggestion.logprob is None else math.exp(suggestion.logprob)
        least = wanted.probability
    return likely is None or likely >= least ** (1 / caution)
