"""Where a wrong answer left the right one: MEL's bifurcation point, found in the syntax tree.

MEL (arXiv 2602.10224, equation 2) asks the model itself for the step at which the wrong solution
went astray. Here the two answers fill the same hole, so the step can be computed: it is the first
symbol that differs, lifted to the smallest statement around it. The same two answers always give
the same place, and a test can say whether it is the right one.
"""

import re
from itertools import zip_longest
from typing import NamedTuple

import tree_sitter as ts

from understudy_trainer.lessons.pair import Pair
from understudy_trainer.lessons.trees import (
    Symbol,
    Tree,
    characters,
    statement_around,
    statements_around,
    symbols,
    tree_of,
)

LINE = "line"
"""Takes the place of a node's type where no tree can say more."""

_SYMBOL = re.compile(r"\w+|[^\w\s]")
_WITHIN_WORD = re.compile(r"(?<=\w)(?=\w)")


class Statements(NamedTuple):
    """The two that differ, in their files."""

    right: Tree
    wrong: Tree
    one: ts.Node
    other: ts.Node | None
    """What the wrong answer has where `one` begins; None if no statement begins there."""


class Bifurcation(NamedTuple):
    """Offsets count characters of the file with the right answer in its place."""

    offset: int
    """Where the first symbol stands that differs, or, where the right answer is at an end and the
    wrong one goes on, the end of what both have."""
    line: int
    """Of the offset, from 1."""
    node: str
    """Type of the smallest statement around it, as its grammar calls it; or `LINE`."""
    start: int
    """From where to where that statement or line goes, as `end`."""
    end: int
    expected: str
    """The symbol that the right answer has there; "" at the end of the file."""
    wrong: str
    """The symbol that the wrong one has instead."""
    statements: Statements | None
    """None with `LINE`."""


class _Fork(NamedTuple):
    """The two symbols that differ first, and what both have before them."""

    right: Symbol | None
    wrong: Symbol | None
    before: tuple[Symbol, Symbol] | None
    """The last that both have: in the right file, and in the wrong one."""
    starts: dict[int, int]
    """Where symbols from the beginning of the hole up to here start: the byte in the right file →
    that in the wrong one, because blanks and comments may differ."""


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
    at, statement = found
    return Bifurcation(
        offset=characters(right, at),
        line=right.source.count(b"\n", 0, at) + 1,
        node=statement.type,
        start=characters(right, statement.start_byte),
        end=characters(right, statement.end_byte),
        expected=fork.right.text if fork.right else "",
        wrong=fork.wrong.text if fork.wrong else "",
        statements=Statements(right, wrong, statement, _other(fork, statement, wrong)),
    )


def _fork(right: Tree, wrong: Tree, *, start: int) -> _Fork | None:
    before = _last_before(right, start)
    both = None if before is None else (before, before)
    starts: dict[int, int] = {}
    for ours, theirs in zip_longest(symbols(right, start), symbols(wrong, start)):
        if ours and theirs:
            starts[ours.start] = theirs.start
        if ours is None or theirs is None or ours.text != theirs.text:
            return _Fork(ours, theirs, both, starts)
        both = (ours, theirs)
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
        ended = statement_around(right, *fork.before[0][1:])
        if ended is not None and _goes_on(fork, ended, wrong):
            return fork.before[0].end, ended
    return None if ours is None or fork.right is None else (fork.right.start, ours)


def _goes_on(fork: _Fork, ended: ts.Node, wrong: Tree) -> bool:
    """Whether the wrong answer goes on with a statement that in the right one has ended."""
    if fork.wrong is None or fork.before is None:
        return False
    around = statement_around(wrong, *fork.wrong[1:])
    if around is not None and not wrong.root.has_error:
        return _start(fork, ended) == around.start_byte < fork.wrong.start
    return b"\n" not in wrong.source[fork.before[1].end : fork.wrong.start]


def _other(fork: _Fork, one: ts.Node, wrong: Tree) -> ts.Node | None:
    """The wrong file's statement that begins where `one` does in the right one, of the same type
    if there are several. Where the wrong answer has ended it, it holds what both have alone."""
    symbols = (fork.wrong, fork.before and fork.before[1])
    for symbol in filter(None, symbols):
        around = statements_around(wrong, symbol.start, symbol.end)
        there = [each for each in around if each.start_byte == _start(fork, one)]
        if there:
            return next((each for each in there if each.type == one.type), there[0])
    return None


def _start(fork: _Fork, one: ts.Node) -> int:
    """Where a statement of the right file begins in the wrong one, in bytes."""
    return fork.starts.get(one.start_byte, one.start_byte)


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
        line=text.count("\n", 0, offset) + 1,
        node=LINE,
        start=text.rfind("\n", 0, offset) + 1,
        end=len(text) if end < 0 else end,
        expected=_symbol_at(ours, same),
        wrong=_symbol_at(theirs, same),
        statements=None,
    )


def _symbol_at(text: str, at: int) -> str:
    found = _SYMBOL.search(text, at)
    return found[0] if found else ""
