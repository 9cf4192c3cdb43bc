"""Whether a text would make a program worse than it is."""

import tree_sitter

from understudy_lsp.grammars import GRAMMARS
from understudy_lsp.hole.tree import Tree, encode
from understudy_lsp.hole.trees import parse
from understudy_lsp.snapshot import Snapshot

MOST = 50
"""Errors that are counted. Nobody compares programs with more."""

STEPS = 5_000
"""Nodes looked at while counting: 2 ms."""

_last_parsed: dict[str, tuple[bytes, int]] = {}
"""The program that was parsed last, and its errors: a suggestion that is typed along with makes the
same program at each key."""


def insertion_errors(snapshot: Snapshot, tree: Tree | None, text: str, *, replaces: int) -> int:
    """How many more syntax errors there are once `text` stands at the cursor instead of the
    `replaces` characters after it. 0 also where nobody can tell: without a tree, or where parsing
    takes too long."""
    if tree is None or not tree.covers(snapshot.offset):
        return 0
    start, end = tree.byte_at(snapshot.offset), tree.byte_at(snapshot.offset + replaces)
    source = tree.source[:start] + encode(text) + tree.source[end:]
    known = _last_parsed.get(snapshot.language)
    if known is None or known[0] != source:
        edit = (start, end, len(source) - len(tree.source) + end)
        after = parse(source, grammar=GRAMMARS[snapshot.language], last=tree, edit=edit)
        if after is None:
            return 0
        known = (source, _errors(after) if after.root_node.has_error else 0)
        _last_parsed.clear()
        _last_parsed[snapshot.language] = known
    return max(0, known[1] - _errors(tree.syntax)) if known[1] else 0


def _errors(tree: tree_sitter.Tree) -> int:
    count = 0
    cursor = tree.walk()
    for _ in range(STEPS):
        node = cursor.node
        if node is None or count == MOST:
            break
        count += node.is_error or node.is_missing
        if node.has_error and cursor.goto_first_child():
            continue
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return count
    return count
