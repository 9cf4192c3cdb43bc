"""Where a wrong answer left the right one: MEL's bifurcation point, found in the syntax tree.

MEL (arXiv 2602.10224, equation 2) asks the model itself for the step at which the wrong solution
went astray. Here the two answers fill the same hole, so the step can be computed: it is the first
symbol that differs, lifted to the smallest statement around it. The same two answers always give
the same place, and a test can say whether it is the right one.
"""

import re
from itertools import zip_longest

import msgspec
import tree_sitter as ts

from understudy_trainer.lessons.pair import Pair
from understudy_trainer.lessons.trees import (
    Symbol,
    Tree,
    characters,
    statement_around,
    symbols,
    tree_of,
)

LINE = "line"
"""Takes the place of a node's type where no tree can say more."""

_SYMBOL = re.compile(r"\w+|[^\w\s]")
_WITHIN_WORD = re.compile(r"(?<=\w)(?=\w)")


class Bifurcation(msgspec.Struct, frozen=True):
    """Offsets count characters of the file with the right answer in its place."""

    offset: int
    """Where the first symbol stands that differs, or, where the right answer is at an end and the
    wrong one goes on, the end of what both have."""
    node: str
    """Type of the smallest statement around it, as its grammar calls it; or `LINE`."""
    start: int
    """From where to where that statement or line goes, as `end`."""
    end: int
    expected: str
    """The symbol that the right answer has there; "" at the end of the file."""
    wrong: str
    """The symbol that the wrong one has instead."""


class _Fork(msgspec.Struct, frozen=True):
    """The two symbols that differ first, and the one before them that both have."""

    before: Symbol | None
    right: Symbol | None
    wrong: Symbol | None


def bifurcation(pair: Pair) -> Bifurcation | None:
    """None if the two are the same, letter by letter."""
    if pair.right == pair.wrong:
        return None
    right = tree_of(pair.with_right(), pair.hole.language)
    wrong = tree_of(pair.with_wrong(), pair.hole.language)
    if right is None or wrong is None:
        return _in_line(pair)
    fork = _fork(right, wrong, start=len(pair.hole.prefix.encode("utf-8", "replace")))
    # The same symbols may stand in another layout, which in Python can mean something else.
    found = None if fork is None else _lifted(fork, right, wrong)
    if fork is None or found is None:
        return _in_line(pair)
    offset, statement = found
    return Bifurcation(
        offset=characters(right, offset),
        node=statement.type,
        start=characters(right, statement.start_byte),
        end=characters(right, statement.end_byte),
        expected=fork.right.text if fork.right else "",
        wrong=fork.wrong.text if fork.wrong else "",
    )


def _fork(right: Tree, wrong: Tree, *, start: int) -> _Fork | None:
    before = None
    for ours, theirs in zip_longest(symbols(right, start), symbols(wrong, start)):
        if ours is None or theirs is None or ours.text != theirs.text:
            return _Fork(before or _last_before(right, start), ours, theirs)
        before = ours
    return None


def _last_before(tree: Tree, start: int) -> Symbol | None:
    """The last symbol before the hole."""
    end = len(tree.source[:start].rstrip())
    node = tree.root.descendant_for_byte_range(max(end - 1, 0), end)
    if node is None or not end or "comment" in node.type:
        return None
    return Symbol("", min(node.start_byte, end - 1), end)


def _lifted(fork: _Fork, right: Tree, wrong: Tree) -> tuple[int, ts.Node] | None:
    """Where in the right file they part, in bytes, and the smallest statement around that."""
    ours = None if fork.right is None else statement_around(right, *fork.right[1:])
    is_at_an_end = fork.right is None or (ours is not None and ours.start_byte == fork.right.start)
    if is_at_an_end and fork.before is not None and fork.wrong is not None:
        ended = statement_around(right, *fork.before[1:])
        if ended is not None and _goes_on(fork.wrong, fork.before, ended, wrong):
            return fork.before.end, ended
    return None if ours is None or fork.right is None else (fork.right.start, ours)


def _goes_on(symbol: Symbol, before: Symbol, ended: ts.Node, wrong: Tree) -> bool:
    """Whether the wrong answer goes on with a statement that in the right one has ended."""
    around = statement_around(wrong, symbol.start, symbol.end)
    if around is not None and not wrong.root.has_error:
        return around.start_byte == ended.start_byte and around.start_byte < symbol.start
    return b"\n" not in wrong.source[before.end : symbol.start]


def _in_line(pair: Pair) -> Bifurcation:
    """By characters: where no tree helps, a line is the smallest thing that every text has."""
    ours, theirs = pair.right + pair.hole.suffix, pair.wrong + pair.hole.suffix
    same = next(
        (at for at, (one, other) in enumerate(zip(ours, theirs, strict=False)) if one != other),
        min(len(ours), len(theirs)),
    )
    # A word differs from its beginning on.
    while same and (_WITHIN_WORD.match(ours, same) or _WITHIN_WORD.match(theirs, same)):
        same -= 1
    text, offset = pair.with_right(), len(pair.hole.prefix) + same
    end = text.find("\n", offset)
    return Bifurcation(
        offset=offset,
        node=LINE,
        start=text.rfind("\n", 0, offset) + 1,
        end=len(text) if end < 0 else end,
        expected=_symbol_at(ours, same),
        wrong=_symbol_at(theirs, same),
    )


def _symbol_at(text: str, at: int) -> str:
    found = _SYMBOL.search(text, at)
    return found[0] if found else ""
