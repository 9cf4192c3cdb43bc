"""How readily suggestions are asked for and shown: one word of the settings, told in numbers.

Each step has to be felt (VS Code's issue 319869: "low" and "high" that were the same), so every
figure differs by about a factor of two or more. What the least probability means was measured on
the 1,068 holes of `choosing.py`, after the filters (in brackets the 840 that are not in the middle
of a word); right is a whole line, character by character:

              shown in      of these right   of all right lines
    low       22 % (20)     80 % (76)        60 %
    medium    47 % (46)     56 % (52)        89 %
    high      66 % (64)     43 % (41)        96 %
    at 0      94 % (94)     32 % (29)        100 %
"""

from enum import StrEnum

import msgspec

from understudy_lsp.suggestion import Suggestion


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
    least: float
    """The least probability of being right with which a line is shown. A suggestion is worth its
    reading from 0.25, if an acceptance is worth three times what a rejection costs (Cursor's
    reward); but people also take lines that are right but for the end."""
    blocks: bool
    """Several lines may be suggested without being asked for."""
    strictness: float = 1.0
    """Times the bound of a release's outcome model, which hides at most a twentieth of what would
    be accepted; nobody hides more."""


_TASTES = {
    Eagerness.LOW: Taste(3.0, 0.4, 2.0, 0.5, blocks=False),
    Eagerness.MEDIUM: Taste(1.5, 0.075, 0.8, 0.15, blocks=True),
    Eagerness.HIGH: Taste(0.75, 0.0, 0.4, 0.05, blocks=True, strictness=0.5),
    Eagerness.MANUAL: Taste(0.0, 0.0, 0.0, 0.0, blocks=True, strictness=0.0),
}


def taste(eagerness: Eagerness) -> Taste:
    return _TASTES[eagerness]


def good_enough(suggestion: Suggestion, *, eagerness: Eagerness, caution: float = 1.0) -> bool:
    """Whether a suggestion that nobody asked for is likely enough to be right.

    `caution` (from 1, see `attention`) asks for more: at 2 the least probability is its square
    root. What nobody has scored is let through.
    """
    likelihood = suggestion.likelihood
    return likelihood is None or likelihood >= taste(eagerness).least ** (1 / caution)
