"""Where a completion would go, and whether it may have more than a line.

A block is offered only where it pushes nothing away that the person is looking at: at the end of
the innermost scope, or after a line that opens a scope with nothing in it yet. This is the scope
rule of CodeCompose ("Multi-line AI-assisted Code Authoring", arXiv 2402.04141). Its third case,
asking by hand, is the caller's.
"""

import msgspec

from understudy_lsp.hole.languages import language
from understudy_lsp.hole.place import Place, Right, is_mid_word, place_at, right_of
from understudy_lsp.hole.scope import Scope, is_at_end, is_empty, opener, scope_at
from understudy_lsp.hole.tree import Tree
from understudy_lsp.snapshot import Snapshot
from understudy_protocol.completion import Mode


class Hole(msgspec.Struct, frozen=True, kw_only=True):
    mode: Mode
    place: Place
    mid_word: bool
    """A word goes on at the right of the cursor."""
    right: Right
    scope: Scope | None
    """The innermost one; None is the file itself."""
    at_block_start: bool
    """The line before, or what stands before the cursor, opens a scope."""
    at_scope_end: bool
    """Nothing follows in the scope."""


def find_hole(snapshot: Snapshot, tree: Tree | None) -> Hole:
    """The hole at the cursor. `tree` is of the same text; without it indentation has to do."""
    row = language(snapshot.language)
    place = place_at(snapshot, tree, language=row)
    mid_word = is_mid_word(snapshot, language=row)
    right = right_of(snapshot)
    scope = scope_at(snapshot, tree, language=row)
    parsed = tree is not None and tree.covers(snapshot.offset)
    is_free = place is Place.CODE and right is not Right.TEXT
    header = opener(snapshot, language=row) if is_free else None
    at_scope_end = is_at_end(snapshot, scope, language=row, parsed=parsed)
    may_grow = at_scope_end or (header is not None and is_empty(snapshot, header, language=row))
    return Hole(
        mode=Mode.BLOCK if is_free and may_grow and not mid_word else Mode.LINE,
        place=place,
        mid_word=mid_word,
        right=right,
        scope=scope,
        at_block_start=header is not None,
        at_scope_end=at_scope_end,
    )
