"""Whether suggestions of a release are taken less than those of what was served before it.

The test may be looked at after each suggestion, as often as one likes: it is a bet on "the release
is not worse", and a fair bet seldom makes anybody rich. For each new suggestion of a person one to
four that the same person got before are drawn, each once, newest first, so that it does not matter
who was at work when. With a share λ of the capital on "worse", capital is multiplied by
1 - λ (new - before + margin), both from 0 to 1: while the release is not worse by more than that,
capital is a non-negative supermartingale that begins at 1, and by Ville's inequality it ever
reaches 1 / ALARM with probability ALARM at most. Several λ are bet side by side (Waudby-Smith and
Ramdas, "Estimating means of bounded random variables by betting", JRSS B 86, 2024, section 4).

No one person decides: where several were at work, the capital that counts is the one without the
person to whom it owes most. So the cap on what one person adds to a decision is nothing at all: it
has to stand without each of them.
"""

import math
from collections.abc import Sequence

import msgspec

ALARM = 0.025
"""Of each of two figures, so 0.05 of both: what is taken of what is shown, and in how many of the
lines in which something could have been shown something was taken (`chances`)."""
FEWEST = 50
"""Suggestions or lines of each before anything is decided."""
MOST_DRAWN, PLENTY = 4, 300
"""One more is drawn for every so many that are there."""
MARGIN = 0.02
"""A release may be so much worse: no two weeks bring the same work."""
MARGIN_OF_LINES = 0.05
"""The same of lines: a night may hide a twentieth of what is taken."""
BETS = (0.05, 0.1, 0.2, 0.35, 0.5, 0.7)
"""Each is below 1 / (1 + margin), so that no bet can lose more than all."""

Person = str | None


class Suggestion(msgspec.Struct, frozen=True):
    """One that was seen, once its outcome is known; or a line, and the best taken there."""

    at: int
    """When it was asked for: milliseconds since the epoch, by the gateway's clock."""
    person: Person
    value: float
    """0 if it was not taken, else the share of what was taken that was still there after 30 s."""


class Verdict(msgspec.Struct, frozen=True):
    worse: bool
    pairs: int
    """New suggestions that had one before to stand against."""
    capital: float
    """Without the person to whom it owes most; decides from 1 / ALARM on."""


def compare(
    new: Sequence[Suggestion], before: Sequence[Suggestion], *, margin: float = MARGIN
) -> Verdict:
    """Both in order of time. Decided at the first pair at which it can be."""
    drawn: dict[Person, list[Suggestion]] = {}
    for one in before:
        drawn.setdefault(one.person, []).append(one)
    people = len({one.person for one in new} | set(drawn))
    logs: dict[Person, list[float]] = {}
    pairs, capital = 0, 1.0
    for one in new:
        if not (others := drawn.get(one.person)):
            continue
        difference = one.value - _drawn(others)
        mine = logs.setdefault(one.person, [0.0] * len(BETS))
        for place, bet in enumerate(BETS):
            mine[place] += math.log1p(-bet * (difference + margin))
        pairs += 1
        if pairs >= FEWEST:
            capital = _least(logs) if people > 1 else _capital(mine)
            if capital >= 1 / ALARM:
                return Verdict(worse=True, pairs=pairs, capital=capital)
    return Verdict(worse=False, pairs=pairs, capital=capital)


def _drawn(others: list[Suggestion]) -> float:
    """The mean of several is less a matter of luck; how many is decided before looking at them."""
    many = min(len(others), MOST_DRAWN, 1 + len(others) // PLENTY)
    return sum(others.pop().value for _ in range(many)) / many


def _least(logs: dict[Person, list[float]]) -> float:
    total = [sum(each) for each in zip(*logs.values(), strict=True)]
    return min(
        _capital([all_of - own for all_of, own in zip(total, mine, strict=True)])
        for mine in logs.values()
    )


def _capital(logs: Sequence[float]) -> float:
    return sum(math.exp(min(each, 700.0)) for each in logs) / len(logs)
