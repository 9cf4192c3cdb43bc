"""Whether two texts that differ in one place have the same syntax tree.

Comments and layout do not count, and a broken tree is like no other. What lies wholly before or
behind the place is the same text in both; where it also has the same node type and as many nodes it
is not looked into, so that a long file costs what the place costs.
"""

import warnings

import tree_sitter as ts

from understudy_trainer.grammars import parser_of

_LAYOUT = frozenset({"\n", "\r\n", "comment"})
"""Node types that do not count besides what a grammar allows anywhere (`is_extra`). In Go a line's
end is a node of its own."""

_LAYOUT_BETWEEN = frozenset({"concatenated_string"})
"""Named after strings, and made of several of them with layout between."""

Parts = tuple[str, str, str]
"""Prefix, middle, suffix."""


def same_tree(one: Parts, other: Parts, *, language: str) -> bool:
    """Whether the two, whose prefix and suffix are the same, have the same tree. False for a
    language without a grammar."""
    parser = parser_of(language)
    if parser is None:
        return False
    prefix, _, suffix = (part.encode("utf-8", "surrogatepass") for part in one)
    sources = tuple("".join(parts).encode("utf-8", "surrogatepass") for parts in (one, other))
    trees = [parser.parse(source) for source in sources]
    if any(tree.root_node.has_error for tree in trees):
        return False
    ends = tuple(len(source) - len(suffix) for source in sources)
    return _Two(sources, start=len(prefix), ends=ends).same(*(tree.root_node for tree in trees))


def hides_what_follows(one: Parts, other: Parts, *, language: str) -> bool:
    """Whether the other middle begins a comment that the rest of the line becomes part of, so that
    the tree may be right without what stands there, and the first does not."""
    parser = parser_of(language)
    if parser is None or not one[2].partition("\n")[0].strip():
        return False
    return _ends_in_comment(other, parser) and not _ends_in_comment(one, parser)


def _ends_in_comment(parts: Parts, parser: ts.Parser) -> bool:
    prefix, shown, suffix = (part.encode("utf-8", "surrogatepass") for part in parts)
    end = len(prefix) + len(shown)
    root = parser.parse(prefix + shown + suffix).root_node
    node = root.descendant_for_byte_range(end, end)
    return node is not None and "comment" in node.type and node.start_byte < end < node.end_byte


class _Two:
    """Two sources that are the same before `start`, and behind `ends`."""

    def __init__(self, sources: tuple[bytes, ...], *, start: int, ends: tuple[int, ...]) -> None:
        self._sources = sources
        self._start = start
        self._ends = ends

    def same(self, one: ts.Node, other: ts.Node) -> bool:
        waiting = [(one, other)]
        while waiting:
            one, other = waiting.pop()
            if one.type != other.type:
                return False
            if self._untouched(one, other):
                continue
            ours, theirs = _children(one), _children(other)
            if len(ours) != len(theirs):
                return False
            if _own_text(one, self._sources[0]) != _own_text(other, self._sources[1]):
                return False
            waiting += zip(ours, theirs, strict=True)
        return True

    def _untouched(self, one: ts.Node, other: ts.Node) -> bool:
        if one.descendant_count != other.descendant_count:
            return False
        # What touches the place may have become one word with it, so it is looked into.
        if one.end_byte < self._start:
            return (one.start_byte, one.end_byte) == (other.start_byte, other.end_byte)
        after = one.start_byte - self._ends[0], one.end_byte - self._ends[0]
        return after[0] > 0 and after == (
            other.start_byte - self._ends[1],
            other.end_byte - self._ends[1],
        )


def _children(node: ts.Node) -> list[ts.Node]:
    return [each for each in node.children if not each.is_extra and each.type not in _LAYOUT]


def _own_text(node: ts.Node, source: bytes) -> list[bytes]:
    """The text that is in none of the node's children. A string's text lies between its escapes;
    elsewhere it is layout but for what is not blank."""
    starts = [node.start_byte, *(child.end_byte for child in node.children)]
    ends = [*(child.start_byte for child in node.children), node.end_byte]
    between = [source[start:end] for start, end in zip(starts, ends, strict=True)]
    if not node.children or ("string" in node.type and node.type not in _LAYOUT_BETWEEN):
        return between
    return [text.strip() for text in between if text.strip()]


def compiles(text: str) -> bool:
    """Whether this Python, which would run it, takes a text for a module."""
    try:
        with warnings.catch_warnings(action="ignore"):
            compile(text, "candidate", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError):
        return False
    return True
