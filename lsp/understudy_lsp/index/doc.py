"""The first line of what somebody wrote about a definition."""

import re

from tree_sitter import Node

MAX_DOC = 200
"""Characters: two lines."""

MAX_LINES = 60
"""How far above a definition its comment may begin."""

_COMMENT = re.compile(rb"\s*(///?!?|//!|/\*+!?|\*+/|\*|#+(?=\s)|--+)\s?")
_ATTRIBUTE = re.compile(rb"\s*(@\w|#\[|\[\w)")
_SAYS_SOMETHING = re.compile(rb"[^\W_]{2}")


def docstring(body: Node | None) -> str:
    """Of a Python function or class: the first line of the string that its body begins with."""
    first = body.named_children[:1] if body and body.type == "block" else []
    for node in first:
        string = node.named_children[0] if node.type == "expression_statement" else node
        if string.type == "string":
            text = (
                (string.text or b"").decode(errors="replace").lstrip("rRuUbBfF").strip("\"' \t\n")
            )
            return text.split("\n", 1)[0].strip()[:MAX_DOC]
    return ""


def doc_above(lines: list[bytes], row: int) -> str:
    """First line of the comment that ends right above line `row`, from 0; attributes and
    decorators may stand between."""
    begin = row
    while begin > max(0, row - MAX_LINES) and _belongs(lines[begin - 1]):
        begin -= 1
    for line in lines[begin:row]:
        if mark := _COMMENT.match(line):
            text = line[mark.end() :].strip().removesuffix(b"*/").rstrip()
            if _SAYS_SOMETHING.search(text):
                return text.decode(errors="replace")[:MAX_DOC]
    return ""


def _belongs(line: bytes) -> bool:
    return bool(_COMMENT.match(line) or _ATTRIBUTE.match(line))
