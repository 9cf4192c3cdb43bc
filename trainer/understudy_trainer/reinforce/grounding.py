"""Whether a candidate stands on firm ground: it parses in its place, and its names exist.

Both are signs, not proofs, and what is not sure counts for the candidate. A name exists if the code
around the hole has the word anywhere, if the language has it by itself, or if the repository
defines it. What only a comment or a string says is no name, unless the file is broken: what is one
of the two is not sure then. Members (`thing.member`) and names of arguments are not looked up,
which would take types; and what the candidate itself binds is its own.
"""

import re
from collections.abc import Container, Iterator
from functools import lru_cache
from typing import NamedTuple

import tree_sitter as ts

from understudy_trainer.grammars import parser_of
from understudy_trainer.reinforce.builtin_names import BUILTIN_NAMES
from understudy_trainer.repoworld.hole import Hole

_WORD = re.compile(r"[^\W\d]\w*")

_NO_CODE = re.compile("comment|string|escape|template|char|rune|regex|jsx_text")
"""In the type of a leaf: its words are no names."""

_NAMED_BY_STRING = "import_spec"
"""Go's packages."""

_NAMES = frozenset({"identifier", "type_identifier", "shorthand_property_identifier"})
_OWN_NAMES = frozenset({"shorthand_property_identifier_pattern"})

_MEMBERS = frozenset(
    {
        ("attribute", "attribute"),
        ("keyword_argument", "name"),
        ("field_access", "field"),
        ("scoped_identifier", "name"),
        ("scoped_type_identifier", "name"),
        ("qualified_type", "name"),
        ("keyed_element", "key"),
        ("labeled_statement", "label"),
    }
)
"""Type of a node and field of it whose name belongs to something else."""

_BINDS = frozenset({"name", "parameters", "parameter", "pattern", "alias"})
"""Fields whose names are new."""
_USES_NAMES = frozenset({"struct_expression", "method_invocation", "jsx_opening_element"})
"""Nodes whose `name` is one that is there already."""
_BINDS_LEFT = frozenset(
    {"assignment", "for_statement", "for_in_clause", "short_var_declaration", "range_clause"}
    | {"for_in_statement"}
)
"""Nodes whose `left` is new."""
_BINDS_WHOLLY = re.compile("import|use_declaration|use_clause|match_pattern|case_pattern|package")
"""Types of nodes that only bind, or name what lies elsewhere."""


class Grounding(NamedTuple):
    parses: bool
    """Nothing in the file is broken that is not with the true text."""
    named: bool
    """All its names exist. False if it does not parse."""


def grounding(hole: Hole, candidate: str, *, known: Container[str]) -> Grounding:
    """`known`: what the repository defines. All false for a language without a grammar."""
    parser = parser_of(hole.language)
    if parser is None:
        return Grounding(False, False)
    prefix, middle, suffix, shown = (
        part.encode("utf-8", "surrogatepass")
        for part in (hole.prefix, hole.middle, hole.suffix, candidate)
    )
    root = parser.parse(prefix + shown + suffix).root_node
    if root.has_error:
        true = parser.parse(prefix + middle + suffix).root_node
        if _broken(root) > _broken(true):
            return Grounding(False, False)
    around = _names_around(hole)
    used = _used(root, len(prefix), len(prefix) + len(shown))
    builtin = BUILTIN_NAMES[hole.language]
    named = all(name in around or name in builtin or name in known for name in used)
    return Grounding(True, named)


@lru_cache(maxsize=32)
def _names_around(hole: Hole) -> frozenset[str]:
    """Kept, because many candidates are judged in one hole."""
    parser = parser_of(hole.language)
    prefix, middle, suffix = (
        part.encode("utf-8", "surrogatepass") for part in (hole.prefix, hole.middle, hole.suffix)
    )
    # With the true text in it, the file is read as it is.
    root = None if parser is None else parser.parse(prefix + middle + suffix).root_node
    if root is None or root.has_error:
        return frozenset((*_WORD.findall(hole.prefix), *_WORD.findall(hole.suffix)))
    start, end = len(prefix), len(prefix) + len(middle)
    return frozenset(
        word
        for leaf in _leaves(root)
        if (leaf.end_byte <= start or leaf.start_byte >= end) and not _NO_CODE.search(leaf.type)
        for word in _WORD.findall((leaf.text or b"").decode("utf-8", "replace"))
    )


def _leaves(root: ts.Node) -> Iterator[ts.Node]:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node.child_count and node.type != _NAMED_BY_STRING:
            waiting += node.children
        else:
            yield node


def _broken(root: ts.Node) -> int:
    """Errors, each with what is broken in it."""
    count, waiting = 0, [root]
    while waiting:
        node = waiting.pop()
        count += node.is_error or node.is_missing
        waiting += [child for child in node.children if child.has_error or child.is_missing]
    return count


def _used(root: ts.Node, start: int, end: int) -> set[str]:
    """Names between two bytes that are not bound there as well."""
    used: set[str] = set()
    own: set[str] = set()
    for name, binds in _names(root, start, end):
        (own if binds else used).add(name)
    return used - own


def _names(root: ts.Node, start: int, end: int) -> Iterator[tuple[str, bool]]:
    """Each name that touches the bytes, and whether it is new."""
    waiting = [(root, False)]
    while waiting:
        node, binds = waiting.pop()
        if (node.type in _NAMES or node.type in _OWN_NAMES) and node.text is not None:
            yield node.text.decode("utf-8", "replace"), binds or node.type in _OWN_NAMES
        binds = binds or bool(_BINDS_WHOLLY.match(node.type))
        for number, child in enumerate(node.children):
            if child.end_byte <= start or child.start_byte >= end:
                continue
            field = node.field_name_for_child(number)
            if (node.type, field) in _MEMBERS or _called_on_something(node, field):
                continue
            waiting.append((child, binds or _is_new(node, field)))


def _called_on_something(node: ts.Node, field: str | None) -> bool:
    if node.type != "method_invocation" or field != "name":
        return False
    return node.child_by_field_name("object") is not None


def _is_new(node: ts.Node, field: str | None) -> bool:
    if field == "left":
        return node.type in _BINDS_LEFT
    return field in _BINDS and node.type not in _USES_NAMES
