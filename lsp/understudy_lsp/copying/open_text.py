"""The search in a text that is in memory and changes with every key."""

from bisect import bisect_left
from collections.abc import Iterator

from understudy_lsp.copying.place import CONTEXT, LEAST, VIEW, Place

_LENGTHS = (LEAST, 8, 16, 32, CONTEXT)
"""Lengths of context that are looked for. Each is a search of the whole text, so not all are
tried; what is found is measured to the character."""


def places_in(
    path: str, text: str, *, context: str, start: int, end: int, limit: int
) -> Iterator[Place]:
    """Places in `text[start:end]` that have the end of `context` before them, longest agreement
    first, of equals the last; at most `limit`. They see nothing of the text outside."""
    found = list(_nearest(text, context, start=start, end=end, limit=limit))
    lines = _lines(text, sorted(offset for _, offset in found))
    for agrees, offset in found:
        yield Place(
            path=path,
            line=lines[offset],
            agrees=agrees,
            before=text[max(start, offset - VIEW) : offset],
            after=text[offset : min(offset + VIEW, end)],
        )


def _nearest(
    text: str, context: str, *, start: int, end: int, limit: int
) -> Iterator[tuple[int, int]]:
    last = max(start, end - 1)
    lengths = [length for length in _LENGTHS if length <= len(context)]
    # Where a long context stands, all shorter ones do.
    known = bisect_left(lengths, 1, key=lambda n: text.find(context[-n:], start, last) < 0)
    seen: set[int] = set()
    for length in reversed(lengths[:known]):
        found: list[tuple[int, int]] = []
        right = last
        while len(seen) < limit and (left := text.rfind(context[-length:], start, right)) >= 0:
            offset, right = left + length, left + length - 1
            if offset not in seen:
                seen.add(offset)
                before = text[max(start, offset - CONTEXT) : offset]
                found.append((_agreement(before, context), offset))
        yield from sorted(found, reverse=True)


def _lines(text: str, offsets: list[int]) -> dict[int, int]:
    """The line, from 1, of each offset, counted in one pass."""
    lines: dict[int, int] = {}
    line, before = 1, 0
    for offset in offsets:
        line += text.count("\n", before, offset)
        lines[offset], before = line, offset
    return lines


def _agreement(one: str, other: str) -> int:
    """Characters that both end with."""
    longest = min(len(one), len(other))
    return next((n for n in range(longest) if one[-n - 1] != other[-n - 1]), longest)
