"""What the cursor stands in: code, a comment, a string; and what is left and right of it."""

import re
from enum import StrEnum

import tree_sitter

from understudy_lsp.hole.languages import Language
from understudy_lsp.hole.lines import LONGEST
from understudy_lsp.hole.tree import Tree
from understudy_lsp.snapshot import Snapshot


class Place(StrEnum):
    CODE = "code"
    COMMENT = "comment"
    STRING = "string"
    DOCSTRING = "docstring"
    """A string that describes the scope it stands in."""


class Right(StrEnum):
    """What stands between the cursor and the end of its line."""

    NOTHING = "nothing"
    CLOSERS = "closers"
    """Only what an editor may have closed by itself."""
    TEXT = "text"


_CLOSERS = re.compile(r"\s*(?:[)>}\]\"'`]|</[\w:.-]*>)*\s*[:{;,]?\s*$")
"""Copilot's pattern, and closing tags."""


def place_at(snapshot: Snapshot, tree: Tree | None, *, language: Language) -> Place:
    before = snapshot.before[-LONGEST:]
    if tree is None or not tree.covers(snapshot.offset):
        return _guess(snapshot, snapshot.line_start, language=language)
    cursor = tree.byte_at(snapshot.offset)
    path = tree.path(snapshot.offset)
    for depth in range(len(path) - 1, -1, -1):
        node = path[depth]
        goes_on = node.end_byte > cursor
        if node.type in language.interpolations and (
            goes_on or tree.source[cursor - 1] not in b"})"
        ):
            return Place.CODE
        if node.type in language.comments and (goes_on or not _ends_comment(tree, node)):
            return Place.COMMENT
        if node.type in language.strings and (goes_on or _is_open(node)):
            if before.endswith(language.code_begins):
                return Place.CODE
            return Place.DOCSTRING if _describes(path[: depth + 1], language) else Place.STRING
    first = tree.byte_at(snapshot.line_start)
    line = tree.syntax.root_node.descendant_for_byte_range(first, cursor)
    if line is None or not line.has_error:
        return Place.CODE
    return _guess(snapshot, tree.excerpt.window.start, language=language)


def place_in_line(before: str, language: Language) -> Place:
    """As far as the line before the cursor can tell; code inside a string is string."""
    quote, position = "", 0
    while position < len(before):
        character = before[position]
        if quote and character == "\\":
            position += 1
        elif quote:
            quote = "" if character == quote else quote
        elif character in language.quotes:
            quote = character
        elif language.line_comment and before.startswith(language.line_comment, position):
            return Place.COMMENT
        position += 1
    return Place.STRING if quote else Place.CODE


def is_mid_word(snapshot: Snapshot, *, language: Language) -> bool:
    """A word goes on at the right of the cursor."""
    text, offset = snapshot.text, snapshot.offset
    right = text[offset : offset + 1]
    if right.isalnum() or right == "_":
        return True
    left = text[max(0, offset - 1) : offset]
    return bool(right) and right in language.word and (left.isalnum() or left in {"_", right})


def right_of(snapshot: Snapshot) -> Right:
    after = snapshot.after[: LONGEST + 1]
    if not after.strip():
        return Right.NOTHING
    return Right.CLOSERS if len(after) <= LONGEST and _CLOSERS.match(after) else Right.TEXT


def _guess(snapshot: Snapshot, start: int, *, language: Language) -> Place:
    """Where a grammar does not help: what the line says, and the strings of several lines that were
    opened since `start`."""
    before = snapshot.before[-LONGEST:]
    place = place_in_line(before, language)
    if place is Place.STRING and before.endswith(language.code_begins):
        return Place.CODE
    opened = (
        snapshot.text.count(fence, start, snapshot.offset) % 2
        for fence in language.fences
        if fence[0] in language.quotes and len(fence) > 1
    )
    return Place.STRING if place is Place.CODE and any(opened) else place


def _ends_comment(tree: Tree, node: tree_sitter.Node) -> bool:
    end = tree.source[max(node.start_byte, node.end_byte - 3) : node.end_byte]
    # Some grammars take the line break into a comment; after it the comment is over.
    return end.endswith((b"\n", b"*/", b"-->", b"end"))


def _is_open(node: tree_sitter.Node) -> bool:
    """The string is not closed yet."""
    last = node.child(node.child_count - 1) if node.child_count else None
    return last is not None and (last.is_missing or last.is_error)


def _describes(path: list[tree_sitter.Node], language: Language) -> bool:
    """The string at the end of `path` stands alone as the first statement of a body."""
    if not language.docstrings or len(path) < 3:
        return False
    # Some versions of the grammar wrap it.
    body, statement = path[-3:-1] if path[-2].type == "expression_statement" else path[-2:]
    return body.named_child_count > 0 and body.named_child(0).id == statement.id
