"""A parsed document, addressed by offsets of the document."""

import tree_sitter

from understudy_lsp.hole.excerpt import Excerpt

DEEPEST = 400
"""Nodes on the way down to a cursor. Deeper nesting is generated, or not a program at all."""


class Tree:
    """A tree of one excerpt. A tree never changes: the next key has a tree of its own.

    Half a surrogate pair, which UTF-8 cannot hold, is parsed as `?`: one character, one byte.
    """

    __slots__ = ("_ascii", "_mark", "excerpt", "source", "syntax")

    def __init__(self, excerpt: Excerpt, source: bytes, syntax: tree_sitter.Tree) -> None:
        self.excerpt = excerpt
        self.source = source
        self.syntax = syntax
        self._ascii = len(source) == len(excerpt.text)
        self._mark = (0, 0)

    def byte_at(self, offset: int) -> int:
        """The byte of the source that an offset of the document stands for; one outside the
        window stands for its nearest end."""
        window = self.excerpt.window
        at = window.at + min(max(0, offset - window.start), window.length)
        if self._ascii:
            return at
        # Questions are about places near each other, so count from the last one.
        text, (mark, byte) = self.excerpt.text, self._mark
        byte += len(encode(text[mark:at])) if at >= mark else -len(encode(text[at:mark]))
        self._mark = (at, byte)
        return byte

    def offset_at(self, byte: int) -> int:
        """The offset of the document of a byte of the source."""
        at = byte if self._ascii else len(self.source[:byte].decode("utf-8", "ignore"))
        return self.excerpt.to_document(at)

    def text_of(self, node: tree_sitter.Node) -> str:
        return self.source[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def path(self, offset: int) -> list[tree_sitter.Node]:
        """The nodes that the character before `offset` is in, outermost first."""
        byte = self.byte_at(offset) - 1
        if byte < 0:
            return []
        nodes: list[tree_sitter.Node] = []
        cursor = self.syntax.walk()
        while len(nodes) < DEEPEST:
            node = cursor.node
            if node is None or not node.start_byte <= byte < node.end_byte:
                break
            nodes.append(node)
            if cursor.goto_first_child_for_byte(byte) is None:
                break
        return nodes

    def covers(self, offset: int) -> bool:
        """Whether an offset of the document is in the window."""
        window = self.excerpt.window
        return window.start <= offset <= window.start + window.length


def encode(text: str) -> bytes:
    """As a tree's source is encoded."""
    return text.encode("utf-8", "replace")
