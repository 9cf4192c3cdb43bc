"""Cutting text to a number of tokens: from its end for a prefix, from its start for all else.

Cuts are made at ends of lines that lie on a coarse grid. The grid hangs on the text's start, so
while a person types, the start of a long prefix stays where it is for many keystrokes and then
jumps, and the engine finds its cached prefix again in between. No more text is encoded than a few
times what the limit can hold, however long the text is.
"""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import NamedTuple

CHARS_PER_TOKEN = 6
"""More than code has on average in any vocabulary (3 to 4.5), so that a window of this many
characters for each token nearly always holds what fits. Where it does not, less is kept."""

LONG_LINE = 256
"""Characters. A line with more than this after a step is not code that a person wrote."""

LEAST_CHARS_PER_TOKEN = 3

ENOUGH = 0.6
"""Share of the limit with which a cut on the coarse grid is good enough."""

Encode = Callable[[str], Sequence[int]]


class Kept(NamedTuple):
    """What is left of a text."""

    ids: Sequence[int]
    chars: int
    """How many characters of the text, not counting what was put around it."""


def keep_tail(text: str, limit: int, *, encode: Encode, lead: str = "") -> Kept:
    """A long end of `text` that has at most `limit` tokens with `lead` before it.

    The stretch after the last mark of the grid, which grows under the cursor, is always charged
    what it can come to have. So a choice holds until the stretch is full, and a half-typed word,
    which may have more tokens than the whole one, moves nothing.
    """
    window = min(len(text), limit * CHARS_PER_TOKEN)
    if window == len(text) and len(ids := encode(lead + text)) <= limit:
        return Kept(ids, len(text))
    kept = Kept((), 0)
    for step in _steps(limit):
        marks = _grid(text, len(text) - window, step)
        starts = [mark + 1 if text[mark] == "\n" else mark for mark in marks]
        room = limit - step // LEAST_CHARS_PER_TOKEN

        def fits(start: int, until: int = starts[-1] if starts else 0, room: int = room) -> bool:
            return len(encode(lead + text[start:until])) <= room

        for start in starts[bisect_left(starts, True, key=fits) :]:
            if len(ids := encode(lead + text[start:])) <= limit:
                kept = Kept(ids, len(text) - start)
                break
        if len(kept.ids) > limit * ENOUGH:
            return kept
    if kept.chars:
        return kept
    return _squeeze(lambda n: lead + text[len(text) - n :], text, limit, encode)


def keep_head(text: str, limit: int, *, encode: Encode, lead: str = "", trail: str = "") -> Kept:
    """A long start of `text` that has at most `limit` tokens between `lead` and `trail`."""

    def ids_of(end: int) -> Sequence[int]:
        return encode(lead + text[:end] + trail)

    window = min(len(text), limit * CHARS_PER_TOKEN)
    if window == len(text) and len(ids := ids_of(window)) <= limit:
        return Kept(ids, len(text))
    kept = Kept((), 0)
    for step in _steps(limit):
        ends = _grid(text[:window], 0, step)
        fitting = bisect_left(ends, True, key=lambda end: len(ids_of(end)) > limit)
        if fitting:
            kept = Kept(ids_of(ends[fitting - 1]), ends[fitting - 1])
        if len(kept.ids) > limit * ENOUGH:
            return kept
    if kept.chars:
        return kept
    return _squeeze(lambda n: lead + text[:n] + trail, text, limit, encode)


def keep_lines(text: str, limit: int, *, encode: Encode, lead: str, trail: str) -> Kept:
    """As `keep_head`, but whole lines only: zero characters if not even one fits."""
    kept = keep_head(text, limit, encode=encode, lead=lead, trail=trail)
    if kept.chars == len(text) or text[kept.chars] == "\n":
        return kept
    end = text.rfind("\n", 0, kept.chars)
    if end > 0 and len(ids := encode(lead + text[:end] + trail)) <= limit:
        return Kept(ids, end)
    return Kept((), 0)


def _steps(limit: int) -> tuple[int, int]:
    """Distances in characters at which text is cut: about an eighth of what the limit holds, and,
    for text with more tokens than code has, an eighth of that.

    They are powers of two, so that limits that differ by little share a grid.
    """
    coarse = 1 << max(6, (limit // 2).bit_length() - 1)
    return coarse, coarse // 8


def _grid(text: str, begin: int, step: int) -> list[int]:
    """Where text may be cut after `begin`: the first line end from each step on.

    Lines too long to wait for their end are cut at the step itself.
    """
    marks: list[int] = []
    for at in range((begin // step + 1) * step, len(text), step):
        end = text.find("\n", at, at + LONG_LINE)
        if end < 0 and at + LONG_LINE > len(text):
            break
        mark = at if end < 0 else end
        if mark < len(text) - 1 and marks[-1:] != [mark]:
            marks.append(mark)
    return marks


def _squeeze(cut: Callable[[int], str], text: str, limit: int, encode: Encode) -> Kept:
    """Fewer and fewer characters until they fit: for lines longer than all of the limit."""
    chars = min(limit, len(text))
    while len(ids := encode(cut(chars))) > limit and chars > 0:
        chars = min(chars - 1, chars * limit // len(ids))
    return Kept(ids, chars)
