"""Syntax trees of files: their symbols, their statements, and places in characters."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import tree_sitter as ts

from understudy_trainer.grammars import parser_of
from understudy_trainer.repoworld.kinds.spans import LARGEST

_STATEMENTS = """
module program source_file block statement_list statement_block declaration_list class_body
interface_body enum_body field_declaration_list constructor_body
"""
HOLDERS = frozenset(_STATEMENTS.split())
"""Nodes whose children are statements, whatever those are called, but for the parts of one."""

_PARTS = frozenset({"case_clause"})

_STATEMENT = re.compile(
    r"(?<!parameter)(?<!with)_(?:statement|declaration|definition|item|signature)$"
)

_LAYOUT = frozenset({"line_continuation"})
"""Node types without meaning besides comments."""

LITERAL = re.compile(
    r"string|number|integer|float|_literal$|^(?:true|false|none|null|nil|char)|template"
)
_COMPOSED = re.compile(r"interpolation|substitution")
_IN_LITERAL = re.compile(r"^(?:composite|func|slice|array|object)")


class Tree(NamedTuple):
    source: bytes
    root: ts.Node


class Symbol(NamedTuple):
    """The smallest that has a meaning: a name, an operator, a bracket, a literal."""

    text: str
    start: int
    """Bytes of the source, as is `end`."""
    end: int


def tree_of(text: str, language: str) -> Tree | None:
    """None for a language without a grammar, and for a text that is too large to be code."""
    parser = parser_of(language)
    if parser is None or len(text) > LARGEST:
        return None
    # Half a surrogate pair becomes `?`: one character as before, and one that can be read.
    source = text.encode("utf-8", "replace")
    return Tree(source, parser.parse(source).root_node)


def characters(tree: Tree, byte: int) -> int:
    """How many characters stand before a byte."""
    return len(tree.source[:byte].decode("utf-8", "ignore"))


def symbols(tree: Tree, start: int) -> Iterator[Symbol]:
    """Those that end behind the byte `start`, in order. Comments are none."""
    waiting = [tree.root]
    while waiting:
        node = waiting.pop()
        if node.end_byte <= start or node.end_byte == node.start_byte or _is_layout(node):
            continue
        if node.children and not is_one_symbol(node):
            waiting += reversed(node.children)
        elif text := text_of(tree, node).strip():
            yield Symbol(text, node.start_byte, node.end_byte)


def children(node: ts.Node) -> Sequence[ts.Node]:
    """All that mean something: no comments, and nothing that only separates."""
    return [
        child
        for child in node.children
        if not _is_layout(child) and child.type not in {",", ";", "\n"} and child.end_byte
    ]


def is_one_symbol(node: ts.Node) -> bool:
    """Whether what is in it is part of a literal, and nothing by itself."""
    return is_literal(node) and not any(_COMPOSED.search(child.type) for child in node.children)


def is_literal(node: ts.Node) -> bool:
    """A text, a number, or what has a name of its own such as true and null."""
    return (
        node.is_named
        and LITERAL.search(node.type) is not None
        and _IN_LITERAL.match(node.type) is None
        and node.type != "concatenated_string"
    )


def is_statement(node: ts.Node) -> bool:
    if not node.is_named or node.type in HOLDERS | _PARTS or _is_layout(node) or node.is_error:
        return False
    held = node.parent is not None and node.parent.type in HOLDERS
    return held or _STATEMENT.search(node.type) is not None


def statement_around(tree: Tree, start: int, end: int) -> ts.Node | None:
    """The smallest statement that holds these bytes; None if none does."""
    return next(statements_around(tree, start, end), None)


def statements_around(tree: Tree, start: int, end: int) -> Iterator[ts.Node]:
    """All that hold these bytes, the smallest first."""
    node = tree.root.descendant_for_byte_range(start, end)
    while node is not None:
        if is_statement(node):
            yield node
        node = node.parent


def text_of(tree: Tree, node: ts.Node) -> str:
    return tree.source[node.start_byte : node.end_byte].decode("utf-8", "replace")


def _is_layout(node: ts.Node) -> bool:
    return "comment" in node.type or node.type in _LAYOUT
