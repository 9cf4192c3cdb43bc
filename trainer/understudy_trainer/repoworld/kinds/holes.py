"""Where holes may be cut in a file, and of which kind a place is."""

import re

import msgspec

from understudy_trainer.repoworld.kinds.kind import BY_NAME
from understudy_trainer.repoworld.kinds.spans import Span, spans_of

LEAST = 2
"""Characters of a middle that are not blank. What is shorter is typed faster than it is read."""

MOST = 400
"""Characters of a middle."""

_WITHIN_WORD = re.compile(r"(?<=\w)(?=\w)")
_LINE_END = re.compile(r"[\r\n]")


class Place(msgspec.Struct, frozen=True):
    """`text[start:end]` is the middle."""

    kind: str
    start: int
    """Characters, as for `end`."""
    end: int


def holes_in(text: str, language: str) -> list[Place]:
    """Every place where a hole may be cut, in order. Empty for a language without a grammar, and
    for a text that is too large or too broken."""
    return [
        Place(span.kind, span.start, span.end)
        for span in spans_of(text, language)
        if _may_be_cut(text, span)
    ]


def kind_at(text: str, start: int, end: int, language: str) -> str:
    """The kind of a place whose text begins at `start`, and ends at `end` or near it; "" if none.

    A kind that begins there is meant, and of several the one that ends nearest. If none does, the
    place is within the smallest around it.
    """
    begin = start
    while begin < min(end, len(text)) and text[begin].isspace():
        begin += 1
    best: tuple[int, int, str] | None = None
    for span in spans_of(text, language):
        if span.start > begin:
            break
        if span.start == begin:
            rank = (0, abs(span.end - end), span.kind)
        elif begin < span.end:
            rank = (1, span.end - span.start, span.kind)
        else:
            continue
        best = rank if best is None else min(best, rank)
    return "" if best is None else best[2]


def _may_be_cut(text: str, span: Span) -> bool:
    start, end = span.start, span.end
    if end - start > MOST or (
        not BY_NAME[span.kind].multi_line and _LINE_END.search(text, start, end)
    ):
        return False
    if _WITHIN_WORD.match(text, start) or _WITHIN_WORD.match(text, end):
        return False
    return sum(not character.isspace() for character in text[start:end]) >= LEAST
