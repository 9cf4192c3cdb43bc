"""Calls that a commit wrote in another way: the old form, and where the new one stands."""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher

import msgspec

ALIKE = 0.5
"""Of the two forms is the same; what is less alike is something else."""
LONGEST = 200
"""Characters of a call."""

_CALL = re.compile(r"(?<![\w.])[^\W\d][\w.]*\(")


class Rewritten(msgspec.Struct, frozen=True):
    old: str
    start: int
    """Of the new form in the text after, as is `end`."""
    end: int


def rewritten_calls(before: str, after: str) -> Iterator[Rewritten]:
    """Where as many lines took the place of others; a call is within one line."""
    old, new = before.split("\n"), after.split("\n")
    starts = [0]
    for line in new:
        starts.append(starts[-1] + len(line) + 1)
    for kind, a1, a2, b1, b2 in SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes():
        if kind == "replace" and a2 - a1 == b2 - b1:
            for theirs, ours, at in zip(old[a1:a2], new[b1:b2], starts[b1:b2], strict=True):
                yield from _in_lines(theirs, ours, at)


def _in_lines(old: str, new: str, at: int) -> Iterator[Rewritten]:
    gone, come = calls_in(old), calls_in(new)
    for start, end in come:
        call = new[start:end]
        if any(old[a:b] == call for a, b in gone):
            continue
        likest = max(((_alike(old[a:b], call), old[a:b]) for a, b in gone), default=(0.0, ""))
        if likest[0] >= ALIKE:
            yield Rewritten(likest[1], at + start, at + end)
            # What it holds was written in another way as well.
            return


def calls_in(line: str) -> list[tuple[int, int]]:
    """From where to where calls go that end in the line, the outer one first."""
    found: list[tuple[int, int]] = []
    for match in _CALL.finditer(line):
        end = _closed(line, match.end() - 1)
        if end is not None and end - match.start() <= LONGEST:
            found.append((match.start(), end))
    return found


def _closed(line: str, opened: int) -> int | None:
    """Behind the bracket that closes the one at `opened`; brackets in strings do not count."""
    depth, quote = 0, ""
    at = opened
    while at < min(len(line), opened + LONGEST):
        letter = line[at]
        if quote:
            at += letter == "\\"
            quote = "" if letter == quote else quote
        elif letter in "\"'`":
            quote = letter
        elif letter in "([{":
            depth += 1
        elif letter in ")]}":
            depth -= 1
            if depth == 0:
                return at + 1
        at += 1
    return None


def _alike(one: str, other: str) -> float:
    return SequenceMatcher(a=one, b=other, autojunk=False).ratio()
