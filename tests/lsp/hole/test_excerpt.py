"""Of a long document only a window is parsed; what is found in it is what the whole would say."""

import argparse
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from snapshots import snapshot_at

from understudy_lsp.hole.excerpt import LARGEST, WHOLE, Excerpt, Part, excerpt, frame
from understudy_lsp.hole.hole import Hole, find_hole
from understudy_lsp.hole.languages import language
from understudy_lsp.hole.tree import Tree, encode
from understudy_lsp.hole.trees import SyntaxTrees, parse

PYTHON = Path(argparse.__file__).read_text()
METHOD = """\
  /** Says what {0} is. */
  name{0}(a: number): string {{
    if (a > {0}) {{
      return `more ${{a}} than ${{"{0}"}}`;
    }}

    const other = this.list.map((x) => {{
      return x + {0};
    }});
    return other.join("é");
  }}

"""
TYPESCRIPT = "export class Long {\n" + "".join(METHOD.format(i) for i in range(400)) + "}\n"
DOCUMENTS = {"python": PYTHON, "typescript": TYPESCRIPT}


def whole(text: str, grammar: str) -> Tree:
    source = encode(text)
    syntax = parse(source, grammar=grammar, last=None, seconds=60)
    assert syntax is not None
    return Tree(Excerpt(text, (Part(0, 0, len(text)),)), source, syntax)


TREES = {name: whole(text, name) for name, text in DOCUMENTS.items()}


def comparable(hole: Hole) -> tuple[object, ...]:
    scope = hole.scope
    where = None if scope is None else (scope.kind, scope.name, scope.start)
    return hole.mode, hole.place, where, hole.at_block_start, hole.at_scope_end


@given(name=st.sampled_from(sorted(DOCUMENTS)), where=st.floats(0, 1))
@settings(max_examples=150)
@example(name="python", where=1.0)
@example(name="typescript", where=1.0)
def test_a_window_says_what_the_whole_says(name: str, where: float) -> None:
    text = DOCUMENTS[name]
    snapshot = snapshot_at(text, int(where * len(text)), language=name)
    tree = SyntaxTrees(seconds=60).tree(snapshot)
    assert tree is not None
    assert len(tree.excerpt.text) < len(text)
    assert not tree.syntax.root_node.has_error
    assert comparable(find_hole(snapshot, tree)) == comparable(find_hole(snapshot, TREES[name]))


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_window_stays_while_somebody_types(name: str) -> None:
    text, row = DOCUMENTS[name], language(name)
    offset = text.index("\n", len(text) // 2)
    first = frame(text, offset, language=row, last=None)
    typed = text[:offset] + "\nx" + text[offset:]
    assert frame(typed, offset + 2, language=row, last=first) is first
    moved = text[:9] + "y" + text[9:]
    assert frame(moved, offset + 1, language=row, last=first) is not first


@given(
    text=st.lists(st.sampled_from(["a\n", "  b {\n", "\t\tc\r\n", "\n", "}\n", '"""\n', "x" * 999]))
    .map("".join)
    .map(lambda text: (text * (1 + 60_000 // max(1, len(text))))[:60_000]),
    where=st.floats(0, 1),
    name=st.sampled_from(["python", "php", "markdown"]),
)
def test_an_excerpt_is_made_of_the_document_and_holds_the_cursor(
    text: str, where: float, name: str
) -> None:
    offset, row = int(where * len(text)), language(name)
    part = excerpt(text, frame(text, offset, language=row, last=None), language=row)
    if part is None:
        return
    assert len(part.text) <= max(WHOLE, LARGEST + 1_000)
    assert part.window.start <= offset <= part.window.start + part.window.length
    for piece in part.parts:
        copied = part.text[piece.at : piece.at + piece.length]
        assert copied == text[piece.start : piece.start + piece.length]
        assert part.to_document(piece.at) == piece.start
