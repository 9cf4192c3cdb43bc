"""The smallest two nodes in which two trees differ.

Both are walked from the root as long as only one child differs; where that ends is the site.
"""

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import NamedTuple

import tree_sitter as ts

from understudy_trainer.lessons.trees import Tree, children, is_one_symbol, text_of


class Site(NamedTuple):
    """The smallest two nodes that differ, and which of their children do."""

    right: Tree
    wrong: Tree
    one: ts.Node
    other: ts.Node
    ours: Sequence[ts.Node]
    theirs: Sequence[ts.Node]


def site_of(right: Tree, wrong: Tree) -> Site | None:
    one, other = right.root, wrong.root
    while True:
        ours, theirs = _that_differ(children(one), children(other), right, wrong)
        site = Site(right, wrong, one, other, ours, theirs)
        if len(ours) != 1 or len(theirs) != 1 or not _goes_deeper(ours[0], theirs[0]):
            return site if ours or theirs else None
        one, other = ours[0], theirs[0]


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
