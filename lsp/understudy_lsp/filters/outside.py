"""Which brackets are open at the cursor, and which of them the document closes after it."""

import msgspec

from understudy_lsp.filters.brackets import OPENING, after_quote, brackets
from understudy_lsp.filters.surroundings import Surroundings

MOST_CLOSERS = 8
"""Closing brackets after the cursor that are looked at; what is farther out is closed as well."""


class Outside(msgspec.Struct, frozen=True):
    openers: tuple[str, ...]
    """Brackets that are open at the cursor, the innermost first."""
    unclosed: int
    """How many of them, from the innermost, nothing after the cursor closes."""
    right: int
    """How many closing brackets stand right of the cursor, with nothing between."""
    whole: bool
    """False if the brackets that are open farther up are not known."""

    def admits(self, bracket: str, *, closed: int) -> bool:
        """Whether, after `closed` others, this closing bracket closes something."""
        if closed < len(self.openers):
            return self.openers[closed] == OPENING[bracket]
        return not self.whole


class _Bracket(msgspec.Struct, frozen=True):
    opening: str
    """The bracket, or the one that it closes."""
    indent: int | None
    """Columns by which its line is indented; None of a closing one that does not begin its line."""


def outside(around: Surroundings, *, quote: int | None) -> Outside:
    """`quote` is where in the cursor's line the string begins that the cursor is in."""
    before = len(around.prefix) - len(around.before)
    openers = _open(around, end=len(around.prefix) if quote is None else before + quote)
    start = 0
    if quote is not None:
        start = after_quote(around.suffix, around.before[quote]) or 0
    closers, right = _closers(around, start=start)
    return Outside(
        openers=tuple(opener.opening for opener in openers),
        unclosed=_unclosed(openers, closers),
        right=right,
        whole=around.from_start,
    )


def _open(around: Surroundings, *, end: int) -> list[_Bracket]:
    text = around.prefix[:end]
    stack: list[tuple[str, int]] = []
    for position, bracket in brackets(text, around.language):
        if bracket in "([{":
            stack.append((bracket, position))
        elif bracket != "\n" and stack and stack[-1][0] == OPENING[bracket]:
            stack.pop()
    return [
        _Bracket(bracket, around.width(text[text.rfind("\n", 0, position) + 1 :]))
        for bracket, position in reversed(stack)
    ]


def _closers(around: Surroundings, *, start: int) -> tuple[list[_Bracket], int]:
    """Closing brackets after the cursor whose opening ones are before it, and how many of them
    stand right of the cursor."""
    found: list[_Bracket] = []
    right = 0
    depth = 0
    text = around.suffix
    for position, bracket in brackets(text, around.language, start=start):
        if bracket == "\n":
            continue
        if bracket in "([{":
            depth += 1
        elif depth:
            depth -= 1
        elif len(found) < MOST_CLOSERS:
            line = text.rfind("\n", 0, position) + 1
            begins = line > 0 and not text[line:position].strip()
            indent = around.width(text[line : position + 1]) if begins else None
            found.append(_Bracket(OPENING[bracket], indent))
            if position == start + right:
                right += 1
        else:
            break
    return found, right


def _unclosed(openers: list[_Bracket], closers: list[_Bracket]) -> int:
    """How many of the innermost brackets are left open. Kinds must agree, and a closing bracket
    at the beginning of a line is indented like the line of its opening one. Where that leaves a
    choice, the one in which every outer bracket is closed."""
    fitting = [
        skipped
        for skipped in range(len(openers))
        if closers
        and all(
            opener.opening == closer.opening and closer.indent in (None, opener.indent)
            for opener, closer in zip(openers[skipped:], closers, strict=False)
        )
    ]
    whole = (skipped for skipped in fitting if len(openers) - skipped <= len(closers))
    return next(whole, fitting[0] if fitting else len(openers))
