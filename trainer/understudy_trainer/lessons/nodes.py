"""What a node of a tree stands for, in all languages."""

import re

import tree_sitter as ts

from understudy_trainer.lessons.trees import Tree, is_literal, is_statement, text_of

_NAME = re.compile(r"identifier|^(?:self|this)$")
_MEMBER = re.compile(
    r"^(?:attribute|member_expression|selector_expression|field_expression|field_access"
    r"|scoped_identifier)$"
)
_TYPE = re.compile(r"(?:^|_)type(?:$|_)")
_STRING_PART = re.compile(r"^string_|escape_sequence")
_OPERATION = re.compile(r"operator|binary|unary|assignment|comparison")


def is_name(node: ts.Node) -> bool:
    return _NAME.search(node.type) is not None


def is_attribute(node: ts.Node) -> bool:
    """`a.b`, or the `b` of it."""
    if _MEMBER.match(node.type):
        return True
    above = node.parent
    return (
        above is not None
        and _MEMBER.match(above.type) is not None
        and above.named_children[-1] == node
    )


def is_type(node: ts.Node) -> bool:
    """Whether it stands where a type is written."""
    above: ts.Node | None = node
    while above is not None and not is_statement(above):
        if above.is_named and _TYPE.search(above.type):
            return True
        above = above.parent
    return False


def operands(tree: Tree, node: ts.Node) -> list[str]:
    """What an operator binds; empty for what is no operation."""
    if _OPERATION.search(node.type) is None:
        return []
    return [text_of(tree, child) for child in node.named_children]


def is_value(node: ts.Node) -> bool:
    """A literal, or a part of one."""
    return is_literal(node) or _STRING_PART.search(node.type) is not None
