"""Calls in the syntax trees of all languages: what is called, and with which arguments."""

import re

import tree_sitter as ts

from understudy_protocol.spot import plain_callee
from understudy_trainer.lessons.trees import Tree, children, is_statement, text_of

_KEYWORDS = {"keyword_argument": "name", "pair": "key"}
"""Arguments with a name, and the field that holds it; JavaScript's are members of an object."""
_SPREAD = re.compile(r"splat|spread|variadic")
_BRACKETS = frozenset("()[]{}")


def is_call(node: ts.Node) -> bool:
    """Of a function or method, or of what makes an object."""
    return node.child_by_field_name("arguments") is not None


def is_list(node: ts.Node) -> bool:
    """Whether the children are arguments, or the members of an object that is one."""
    above = node.parent
    if node.type == "object" and above is not None:
        return is_list(above)
    return above is not None and above.child_by_field_name("arguments") == node


def around(node: ts.Node) -> ts.Node | None:
    """The nearest call that the node is in, or is itself, within its statement."""
    above: ts.Node | None = node
    while above is not None and not is_call(above):
        # A call that is a statement by itself is one of both.
        if is_statement(above):
            return None
        above = above.parent
    return above


def callee(tree: Tree, call: ts.Node) -> str:
    """`a.b.c`, however the language writes it; of what follows another call only the last part."""
    arguments = call.child_by_field_name("arguments")
    end = call.end_byte if arguments is None else arguments.start_byte
    types = call.child_by_field_name("type_arguments")
    end = end if types is None else min(end, types.start_byte)
    before = tree.source[call.start_byte : end].decode("utf-8", "replace").rstrip()
    return plain_callee(before)


def arguments(call: ts.Node) -> int | None:
    """How many there are; None if that depends on what is spread there."""
    held = call.child_by_field_name("arguments")
    inner = [] if held is None else [each for each in children(held) if each.type not in _BRACKETS]
    return None if any(_SPREAD.search(each.type) for each in inner) else len(inner)


def is_called(node: ts.Node) -> bool:
    """Whether it is what is called, or a part of that, and not an argument."""
    below: ts.Node = node
    while (above := below.parent) is not None and not is_statement(below):
        held = above.child_by_field_name("arguments")
        if held is not None:
            return held != below
        below = above
    return False


def is_keyword(node: ts.Node) -> bool:
    """An argument with a name."""
    above = node.parent
    return node.type in _KEYWORDS and above is not None and is_list(above)


def keyword(tree: Tree, node: ts.Node) -> str:
    """Its name; "" if it has none."""
    name = node.child_by_field_name(_KEYWORDS[node.type]) if is_keyword(node) else None
    return "" if name is None else text_of(tree, name)


def keyword_around(tree: Tree, node: ts.Node) -> str:
    """Name of the argument that the node is in, or is itself."""
    above: ts.Node | None = node
    while above is not None and not is_statement(above) and not is_call(above):
        if is_keyword(above):
            return keyword(tree, above)
        above = above.parent
    return ""


def names_argument(node: ts.Node) -> bool:
    """Whether it is the name of an argument."""
    above = node.parent
    if above is None or not is_keyword(above):
        return False
    return above.child_by_field_name(_KEYWORDS[above.type]) == node
