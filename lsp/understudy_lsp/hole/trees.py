"""The trees of the documents that are being edited, each made from the one before."""

import time
from collections import OrderedDict
from functools import cache
from typing import cast

import tree_sitter
from tree_sitter_language_pack import SupportedLanguage, get_parser

from understudy_lsp.grammars import GRAMMARS, readable
from understudy_lsp.hole.excerpt import Frame, excerpt, frame
from understudy_lsp.hole.languages import language
from understudy_lsp.hole.tree import Tree, encode
from understudy_lsp.snapshot import Snapshot

PARSE_SECONDS = 0.02
"""A parse is given up after so much processor time. An excerpt takes 2 ms at first and 0.2 ms from
then on, up to 5 ms where it has errors; what takes longer is no program in this language."""

REST = 50
"""Calls for which a document is left alone after that."""


class SyntaxTrees:
    """The last tree of each of the `limit` documents that were edited last.

    A tree of an excerpt takes about half a megabyte. Calls take a bounded time, so that they can be
    made on the event loop.
    """

    def __init__(self, *, limit: int = 16, seconds: float = PARSE_SECONDS) -> None:
        self._limit = limit
        self._seconds = seconds
        self._trees: OrderedDict[tuple[str, str], Tree] = OrderedDict()
        self._resting: dict[tuple[str, str], int] = {}
        # Of the document that was edited last: a frame holds a copy of nearly the whole text.
        self._framed: tuple[str, str] | None = None
        self._frame: Frame | None = None

    def tree(self, snapshot: Snapshot) -> Tree | None:
        """The tree around the cursor; None without a grammar, of a huge document, or where a parse
        takes too long."""
        grammar = GRAMMARS.get(snapshot.language)
        key = (snapshot.uri, snapshot.language)
        if grammar is None or self._rests(key):
            return None
        row, text = language(snapshot.language), snapshot.text
        last = self._trees.pop(key, None)
        around = self._frame if self._framed == key else None
        self._framed = key
        self._frame = frame(text, snapshot.offset, language=row, last=around)
        part = excerpt(text, self._frame, language=row)
        if part is None:
            return None
        source = encode(part.text)
        if last is not None and last.source == source:
            tree = Tree(part, source, last.syntax)
        else:
            syntax = parse(source, grammar=grammar, last=last, seconds=self._seconds)
            if syntax is None:
                self._resting[key] = REST
                return None
            tree = Tree(part, source, syntax)
        self._trees[key] = tree
        if len(self._trees) > self._limit:
            self._trees.popitem(last=False)
        return tree

    def forget(self, uri: str) -> None:
        """Lets go of a document that was closed."""
        for key in [key for key in (*self._trees, *self._resting) if key[0] == uri]:
            self._trees.pop(key, None)
            self._resting.pop(key, None)

    def _rests(self, key: tuple[str, str]) -> bool:
        left = self._resting.pop(key, 0)
        if left > 1:
            self._resting[key] = left - 1
        return left > 0


def parse(
    source: bytes,
    *,
    grammar: str,
    last: Tree | None,
    edit: tuple[int, int, int] | None = None,
    seconds: float = PARSE_SECONDS,
) -> tree_sitter.Tree | None:
    """The tree of `source`, made from `last` where it agrees with it; None if it would take longer
    than `seconds`. `edit` says where they differ, if that is known: where it begins, ends in `last`
    and ends in `source`."""
    parser = _parser(grammar)
    given = readable(source, grammar=grammar)
    started, busy_since = time.perf_counter(), time.thread_time()

    def read(byte: int, _point: tree_sitter.Point) -> bytes:
        return given[byte : byte + 8_192]

    def is_late(_byte: int, _has_error: bool) -> bool:
        # The processor's time costs a system call, which is not needed while there is time left.
        if time.perf_counter() - started < seconds:
            return False
        return time.thread_time() - busy_since > seconds

    try:
        if last is None:
            return parser.parse(read, encoding="utf8", progress_callback=is_late)
        old = _edited(last, source, edit=edit or _difference(last.source, source))
        return parser.parse(read, old, encoding="utf8", progress_callback=is_late)
    except ValueError:  # the binding's word for being stopped by the callback
        parser.reset()
        return None


@cache
def _parser(grammar: str) -> tree_sitter.Parser:
    return get_parser(cast(SupportedLanguage, grammar))


def _edited(last: Tree, source: bytes, *, edit: tuple[int, int, int]) -> tree_sitter.Tree:
    """`last` with its nodes moved to where they are in `source`."""
    start, old_end, new_end = edit
    # Both are the same up to there, so lines are counted once.
    after = source.rfind(b"\n", 0, start) + 1
    line = source.count(b"\n", 0, after)
    tree = last.syntax.copy()
    tree.edit(
        start,
        old_end,
        new_end,
        (line, start - after),
        _point(last.source, old_end, after=after, line=line),
        _point(source, new_end, after=after, line=line),
    )
    return tree


def _difference(old: bytes, source: bytes) -> tuple[int, int, int]:
    """Where it begins, ends in `old` and ends in `source`."""
    start = _agreement(old, source)
    while start and _splits(old, source, at=start):
        start -= 1
    tail = _agreement(old[start:][::-1], source[start:][::-1])
    while tail and _splits(old, source, at=-tail):
        tail -= 1
    return start, len(old) - tail, len(source) - tail


def _agreement(one: bytes, two: bytes) -> int:
    """The length of what both begin with."""
    low, high = 0, min(len(one), len(two))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == two[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _splits(one: bytes, two: bytes, *, at: int) -> bool:
    """Whether a character of either would be cut in two. A token that looked at its first byte
    would not be seen to depend on the others."""
    return any(at < len(text) and text[at] & 0xC0 == 0x80 for text in (one, two))


def _point(source: bytes, byte: int, *, after: int, line: int) -> tuple[int, int]:
    """Line and column, counted from the line that begins at `after`."""
    start = max(source.rfind(b"\n", after, byte) + 1, after)
    return line + source.count(b"\n", after, byte), byte - start
