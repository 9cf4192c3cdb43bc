"""The *copy* agent: what followed the same characters elsewhere in the package. No model.

Also the candidates that a reranker chooses from.
"""

from collections.abc import Sequence
from dataclasses import dataclass

LENGTHS = (96, 64, 48, 32, 24, 20, 16, 12, 10, 8, 6, 4)


@dataclass(frozen=True)
class Candidate:
    """The rest of a line, seen after the text before the cursor."""

    text: str
    matched: int
    """Characters before the cursor that match there."""
    seen: int
    """How often it was met, once for every length at which it matches: long matches weigh more."""


def copy_line(prefix: str, suffix: str, others: Sequence[str]) -> str:
    """What follows the longest match of the end of the prefix, to the end of that line.

    Searched before the cursor, after it, and in the other files; the latest match of each counts.
    """
    best, found = 0, ""
    for text in (prefix, suffix, *others):
        end = len(text) - 1
        length = best + 1
        while length <= min(len(prefix), 200):
            place = text.rfind(prefix[-length:], 0, end)
            if place < 0:
                break
            rest = text[place + length : place + length + 200].split("\n")[0].rstrip()
            best, found = length, rest
            length += 1
    return found


def candidates(prefix: str, suffix: str, others: Sequence[str], most: int) -> list[Candidate]:
    """Different rests of lines, by the length of their match and how often they were seen."""
    found: dict[str, Candidate] = {}
    for length in LENGTHS:
        if length > len(prefix):
            continue
        ending = prefix[-length:]
        for text in (prefix[:-1], suffix, *others):
            place = text.find(ending)
            for _ in range(40):
                if place < 0:
                    break
                rest = text[place + length : place + length + 200].split("\n")[0].rstrip()
                if rest.strip():
                    known = found.get(rest)
                    seen = known.seen + 1 if known else 1
                    found[rest] = Candidate(rest, known.matched if known else length, seen)
                place = text.find(ending, place + 1)
        if len(found) >= 2 * most:
            break
    ranked = sorted(found.values(), key=lambda c: (-c.matched, -c.seen, c.text))
    return ranked[:most]
