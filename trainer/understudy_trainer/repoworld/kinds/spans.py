"""Which nodes of a text's tree make which kind, as the query of its language says.

A query is one of tree-sitter's. The name of a capture is the kind that the node makes; its suffix
says which part of the node:

    @condition            the whole node
    @call_arguments.inside   what is between its first and its last child
    @log_message.text     the same, blanks at the ends included: the text of a string
    @method_call.from     the span begins where this node begins,
    @method_call.to       … and ends where this one ends
    @attribute.not        the node makes no such kind, whatever other patterns say

What one match captures under one name is one span. Of several kinds of the same span the one whose
pattern stands first counts. Captures that begin with `_` are for predicates: tree-sitter's own,
`#above?` (a comment with no code in its line, and no empty line below) and `#in-test?` (within
something named test).
"""

from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Literal

import msgspec
import tree_sitter as ts
from tree_sitter_language_pack import get_language, get_parser

from understudy_trainer.repoworld.kinds import go, java, javascript, python, rust

LARGEST = 400_000
"""Characters of a text that is looked into; a larger one is data."""

BROKEN = 0.1
"""Of a text may be within errors of its tree; with more it is in another language, or none."""

DEEPEST = 400
"""Nodes on the way down to where a pattern begins. Deeper nesting is generated, and takes time that
grows with its square."""

DESERT = 1_000
"""Lines in a row without code. Through more of them Python's parser takes minutes."""

_LANGUAGES = {
    "python": ("python", python.QUERY),
    "javascript": ("javascript", javascript.QUERY),
    "javascriptreact": ("javascript", javascript.QUERY),
    "typescript": ("typescript", javascript.TYPED_QUERY),
    "typescriptreact": ("tsx", javascript.TYPED_QUERY),
    "go": ("go", go.QUERY),
    "rust": ("rust", rust.QUERY),
    "java": ("java", java.QUERY),
}
"""LSP language id → name in tree_sitter_language_pack, and what is looked for."""

_CONTINUATION = bytes(range(0x80, 0xC0))
"""Bytes that do not begin a character."""

_Bytes = tuple[int, int]


class Span(msgspec.Struct, frozen=True, order=True):
    start: int
    """Characters of the text."""
    end: int
    kind: str


@lru_cache(maxsize=4)
def spans_of(text: str, language: str) -> tuple[Span, ...]:
    """Every span of a kind, of whatever length, in order; empty where there is no grammar, or the
    text is too large, too empty or too broken."""
    if language not in _LANGUAGES or len(text) > LARGEST or _has_desert(text):
        return ()
    grammar, _ = _LANGUAGES[language]
    # Half a surrogate pair becomes `?`: predicates read text, and could not read that.
    source = text.encode("utf-8", "replace")
    # pyright takes the names of grammars one by one.
    root = get_parser(grammar).parse(source).root_node  # pyright: ignore[reportArgumentType]
    if _is_broken(root, len(source)):
        return ()
    found = _found(root, language, source)
    places = _characters(source, {place for span in found for place in span})
    spans = (Span(places[start], places[end], kind) for (start, end), kind in found.items())
    return tuple(sorted(spans))


def _found(root: ts.Node, language: str, source: bytes) -> dict[_Bytes, str]:
    """Kinds by their span in bytes."""
    best: dict[_Bytes, tuple[int, str]] = {}
    never: set[tuple[_Bytes, str]] = set()
    candidates: list[tuple[int, str, _Bytes]] = []
    cursor = ts.QueryCursor(_query(language))
    cursor.set_max_start_depth(DEEPEST)
    for pattern, captures in cursor.matches(root, _predicate):
        for kind, span, counts in _spans(captures, source):
            if counts:
                candidates.append((pattern, kind, span))
            else:
                never.add((span, kind))
    for pattern, kind, span in candidates:
        if (span, kind) not in never and (span not in best or pattern < best[span][0]):
            best[span] = (pattern, kind)
    return {span: kind for span, (_, kind) in best.items()}


def _spans(captures: dict[str, list[ts.Node]], source: bytes) -> Iterator[tuple[str, _Bytes, bool]]:
    """The kind, its span, and whether it is one; nothing of what is broken or a comment."""
    starts: dict[str, list[int]] = {}
    ends: dict[str, list[int]] = {}
    exact = False
    for name, nodes in captures.items():
        kind, _, part = name.partition(".")
        if not kind or kind.startswith("_"):
            continue
        for node in nodes:
            if node.has_error or "comment" in node.type:
                return
            span = _inside(node, part) if part in ("inside", "text") else _whole(node)
            if span is None:
                return
            if part == "not":
                yield kind, _trimmed(source, span), False
                continue
            exact = exact or part == "text"
            if part != "to":
                starts.setdefault(kind, []).append(span[0])
            if part != "from":
                ends.setdefault(kind, []).append(span[1])
    for kind, every in starts.items():
        span = (min(every), max(ends[kind]))
        yield kind, span if exact else _trimmed(source, span), True


def _whole(node: ts.Node) -> _Bytes:
    return node.start_byte, node.end_byte


def _inside(node: ts.Node, part: str) -> _Bytes | None:
    children = node.children
    if len(children) < 3:
        return None
    if part == "text":
        return children[0].end_byte, children[-1].start_byte
    # Nobody is asked to write the comment that a body begins with.
    inner = [child for child in children[1:-1] if "comment" not in child.type]
    return (inner[0].start_byte, children[-1].start_byte) if inner else None


def _trimmed(source: bytes, span: _Bytes) -> _Bytes:
    text = source[slice(*span)]
    start = span[0] + len(text) - len(text.lstrip())
    return start, start + len(text.strip())


def _predicate(
    predicate: str,
    args: list[tuple[str, Literal["capture", "string"]]],
    pattern_index: int,
    captures: dict[str, list[ts.Node]],
) -> bool:
    nodes = [node for name, _ in args for node in captures.get(name, ())]
    return all(_PREDICATES[predicate](node) for node in nodes)


def _above(comment: ts.Node) -> bool:
    before, below = comment.prev_sibling, comment.next_sibling
    # To Rust's grammar the line's end belongs to some comments.
    last = comment.end_point.row - (comment.end_point.column == 0)
    return (before is None or before.end_point.row < comment.start_point.row) and (
        below is not None and below.start_point.row == last + 1
    )


def _in_test(node: ts.Node) -> bool:
    above = node.parent
    while above is not None:
        name = above.child_by_field_name("name")
        if name is not None and (name.text or b"").lower().startswith(b"test"):
            return True
        above = above.parent
    return False


_PREDICATES = {"above?": _above, "in-test?": _in_test}


def _has_desert(text: str) -> bool:
    length = 0
    for line in text.split("\n"):
        code = line.strip()
        length = length + 1 if not code or code[0] == "#" or code == "\\" else 0
        if length > DESERT:
            return True
    return False


def _is_broken(root: ts.Node, size: int) -> bool:
    # Not with a query, whose time grows with the square of an error's children.
    left, waiting = BROKEN * size, [root]
    while waiting and left >= 0:
        node = waiting.pop()
        if node.is_error:
            left -= node.end_byte - node.start_byte
        elif node.has_error:
            waiting += node.children
    return left < 0


@cache
def _query(language: str) -> ts.Query:
    grammar, query = _LANGUAGES[language]
    return ts.Query(get_language(grammar), query)  # pyright: ignore[reportArgumentType]


def _characters(source: bytes, offsets: set[int]) -> dict[int, int]:
    """Byte offsets → offsets in characters."""
    counted: dict[int, int] = {}
    last = characters = 0
    for offset in sorted(offsets):
        characters += len(source[last:offset].translate(None, _CONTINUATION))
        last, counted[offset] = offset, characters
    return counted
