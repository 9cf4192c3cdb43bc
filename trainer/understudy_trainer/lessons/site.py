"""The smallest two nodes in which the two statements at a bifurcation differ.

Both are walked as long as only one child differs; where that ends is the site. Other statements
that differ are not looked at: they come after the first, and may differ because of it.
"""

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import NamedTuple

import tree_sitter as ts

from understudy_trainer.lessons.bifurcation import Statements
from understudy_trainer.lessons.trees import (
    HOLDERS,
    Tree,
    children,
    is_one_symbol,
    is_statement,
    text_of,
)


class Site(NamedTuple):
    """The smallest two nodes that differ, and which of their children do."""

    right: Tree
    wrong: Tree
    one: ts.Node
    other: ts.Node
    ours: Sequence[ts.Node]
    theirs: Sequence[ts.Node]


def site_of(found: Statements) -> Site:
    site = _of_statements(found)
    while len(site.ours) == len(site.theirs) == 1 and _goes_deeper(site.ours[0], site.theirs[0]):
        one, other = site.ours[0], site.theirs[0]
        inner, other_inner = children(one), children(other)
        if is_statement(one):
            # What a block holds are other statements.
            inner, other_inner = _without_blocks(inner), _without_blocks(other_inner)
        ours, theirs = _that_differ(inner, other_inner, found.right, found.wrong)
        site = Site(found.right, found.wrong, one, other, ours, theirs)
    return site


def _of_statements(found: Statements) -> Site:
    """One for the other, or one that only one of the answers has: what follows it there is what the
    other answer has here, or the other answer's block has ended."""
    right, wrong, one, other = found
    above, other_above = one.parent or right.root, (other and other.parent) or wrong.root
    if other is None:
        return Site(right, wrong, above, other_above, [one], [])
    ours, theirs = _following(one), _following(other)
    deeper = _depth(one) - _depth(other)
    more = len(ours) - len(theirs)
    if deeper > 0 or (more > 0 and any(_same(each, other, right, wrong) for each in ours)):
        return Site(right, wrong, above, other_above, [one], [])
    if deeper < 0 or (more < 0 and any(_same(one, each, right, wrong) for each in theirs)):
        return Site(right, wrong, above, other_above, [], [other])
    return Site(right, wrong, above, other_above, [one], [other])


def _following(statement: ts.Node) -> Sequence[ts.Node]:
    """Those behind it in the same block."""
    block = statement.parent
    if block is None:
        return ()
    return [each for each in children(block) if each.start_byte >= statement.end_byte]


def _depth(node: ts.Node | None) -> int:
    depth = 0
    while node is not None:
        node, depth = node.parent, depth + 1
    return depth


def _without_blocks(nodes: Sequence[ts.Node]) -> Sequence[ts.Node]:
    return [each for each in nodes if each.type not in HOLDERS]


def _that_differ(
    ours: Sequence[ts.Node], theirs: Sequence[ts.Node], right: Tree, wrong: Tree
) -> tuple[Sequence[ts.Node], Sequence[ts.Node]]:
    """Without those that are the same at the beginning and at the end."""
    shorter = min(len(ours), len(theirs))
    first = 0
    while first < shorter and _same(ours[first], theirs[first], right, wrong):
        first += 1
    last = 0
    while last < shorter - first and _same(ours[-1 - last], theirs[-1 - last], right, wrong):
        last += 1
    return ours[first : len(ours) - last], theirs[first : len(theirs) - last]


def _same(one: ts.Node, other: ts.Node, right: Tree, wrong: Tree) -> bool:
    if one.type != other.type:
        return False
    if _bytes(right, one) == _bytes(wrong, other):
        return True
    both = zip_longest(shape(right, one), shape(wrong, other))
    return all(ours == theirs for ours, theirs in both)


def shape(tree: Tree, node: ts.Node) -> Iterator[tuple[str, str]]:
    """All nodes below, without layout and comments."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        inner = () if is_one_symbol(node) else children(node)
        yield node.type, "" if inner else text_of(tree, node)
        waiting += reversed(inner)


def _goes_deeper(one: ts.Node, other: ts.Node) -> bool:
    if one.type != other.type or is_one_symbol(one) or is_one_symbol(other):
        return False
    return bool(one.children and other.children)


def _bytes(tree: Tree, node: ts.Node) -> bytes:
    return tree.source[node.start_byte : node.end_byte]
