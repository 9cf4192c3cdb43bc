"""Holes, drawn: each file in `golden` has cases of one language. `‸` is the cursor; beneath stands
what is expected: mode, place, what is right of the cursor, the scope, and what else is true.

`UNDERSTUDY_WRITE_GOLDEN=1` writes what is found instead; read the difference.
"""

import os
import re
from pathlib import Path

import pytest
from snapshots import snapshot_of

from understudy_lsp.hole.hole import Hole, find_hole
from understudy_lsp.hole.trees import SyntaxTrees

GOLDEN = Path(__file__).parent / "golden"
CASE = re.compile(r"^=== (?P<title>.*)\n(?P<text>(?:.*\n)*?)>>> (?P<expected>.*)$", re.M)


def drawn(hole: Hole) -> str:
    scope = hole.scope
    words = [
        hole.mode,
        hole.place,
        hole.right,
        "-" if scope is None else f"{scope.kind}:{scope.name}".removesuffix(":"),
        *(["opened"] if hole.at_block_start else []),
        *(["ended"] if hole.at_scope_end else []),
        *(["mid"] if hole.mid_word else []),
    ]
    return " ".join(words)


def hole_in(text: str, language: str) -> str:
    snapshot = snapshot_of(text.removesuffix("\n"), language=language)
    return drawn(find_hole(snapshot, SyntaxTrees().tree(snapshot)))


@pytest.mark.parametrize("file", sorted(GOLDEN.glob("*.txt")), ids=lambda file: file.stem)
def test_holes_are_what_is_drawn(file: Path) -> None:
    text = file.read_text()
    found = CASE.sub(
        lambda case: case[0][: -len(case["expected"])] + hole_in(case["text"], file.stem), text
    )
    if "UNDERSTUDY_WRITE_GOLDEN" in os.environ:
        file.write_text(found)
    assert found == file.read_text()


@pytest.mark.parametrize("file", sorted(GOLDEN.glob("*.txt")), ids=lambda file: file.stem)
def test_other_line_breaks_change_nothing(file: Path) -> None:
    for case in CASE.finditer(file.read_text()):
        assert hole_in(case["text"].replace("\n", "\r\n"), file.stem) == case["expected"]
