"""Unbalanced brackets: how those of an answer go with those around the cursor."""

import msgspec

from understudy_lsp.filters.brackets import (
    OPENING,
    UNBRACKETED,
    after_quote,
    brackets,
    open_quote,
)
from understudy_lsp.filters.outside import Outside, outside
from understudy_lsp.filters.rest import rest_in
from understudy_lsp.filters.surroundings import Surroundings
from understudy_lsp.hole.place import Place


class Balance(msgspec.Struct, frozen=True):
    good: int
    """Characters up to the first closing bracket that nobody opened, or that the document closes
    already; the length of the text if there is none."""
    used: int = 0
    """Closing brackets and quotes right of the cursor that the text brings itself."""
    last: int = 0
    """Where the last of those ends in the text."""
    open: str = ""
    """Brackets that the text opens and does not close, the innermost last."""


def balance(text: str, around: Surroundings) -> Balance:
    """Follows the brackets of a text for the cursor's place.

    `} else {` closes what the document closes as well, and opens it again: only what is closed at
    the end of its line is one too many.
    """
    quote = open_quote(around)
    if around.language in UNBRACKETED or (quote is None and around.place is not Place.CODE):
        return Balance(good=len(text))
    start = quoted = 0
    if quote is not None:
        mark = around.before[quote]
        ended = after_quote(text, mark)
        if ended is None:
            return Balance(good=len(text))
        start, quoted = ended, int(around.after.startswith(mark))
    around_it: Outside | None = None
    stack: list[str] = []
    closed, last = 0, start
    surplus: int | None = None
    for position, bracket in brackets(text, around.language, start=start):
        if bracket == "\n":
            if surplus is not None:
                break
        elif bracket in OPENING.values():
            if not stack and around_it and _reopens(bracket, around_it, closed=closed):
                closed -= 1
                if closed <= around_it.unclosed + around_it.right:
                    surplus = None
            else:
                stack.append(bracket)
        elif stack:
            if stack.pop() != OPENING[bracket]:
                return Balance(good=position)
        else:
            around_it = around_it or outside(around, quote=quote)
            if not around_it.admits(bracket, closed=closed):
                surplus = position if surplus is None else surplus
                break
            closed += 1
            last = position + 1
            if closed > around_it.unclosed + around_it.right:
                surplus = position if surplus is None else surplus
    if surplus is not None:
        return Balance(good=surplus)
    used = max(0, closed - around_it.unclosed) if around_it else 0
    return Balance(good=len(text), used=quoted + used, last=last, open="".join(stack))


def _reopens(bracket: str, around_it: Outside, *, closed: int) -> bool:
    return closed > around_it.unclosed and around_it.openers[closed - 1 : closed] == (bracket,)


def balanced(lines: list[str], around: Surroundings) -> list[str]:
    """The lines up to the first closing bracket that does not belong there."""
    text = "\n".join(lines)
    if rest_in(text, around):
        return lines
    good = balance(text, around).good
    return lines if good == len(text) else text[:good].split("\n")
