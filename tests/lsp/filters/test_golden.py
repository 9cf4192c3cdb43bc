"""Complaints and examples: each file in golden/ draws a document, an answer and what comes of it.

    language: python
    about: why it is so
    from: where somebody complained of it
    ━━━━━━
    the document, with the ├answer┤ at the cursor
    ━━━━━━
    the document after it was taken, with ├what was shown┤; or `hidden: reason`

What else may stand in the first part: `mode: line` or `block` in place of what the hole says,
`indent: 2` or `tab 8` (the editor's), `line ends: crlf` for the document, `engine: writing` for an
answer that is not complete, `known wrong: why` for a file that must fail as long as it says so.
"""

from pathlib import Path

import msgspec
import pytest

from understudy_lsp.filters.judge import judge
from understudy_lsp.filters.surroundings import look
from understudy_lsp.filters.verdict import Hidden, Show
from understudy_lsp.hole.hole import find_hole
from understudy_lsp.hole.trees import SyntaxTrees
from understudy_lsp.snapshot import Indent, Snapshot
from understudy_protocol.completion import Mode

GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.txt"))
RULE = "\n━━━━━━\n"
FIELDS = {"language", "about", "from", "mode", "indent", "line ends", "engine", "known wrong"}


class Golden(msgspec.Struct, frozen=True):
    front: dict[str, str]
    document: str
    expected: str


def read(path: Path) -> Golden:
    front, document, expected = path.read_text().removesuffix("\n").split(RULE)
    golden = Golden(dict(line.split(": ", 1) for line in front.splitlines()), document, expected)
    assert {"language", "about"} <= golden.front.keys() <= FIELDS
    return golden


def snapshot_and_answer(golden: Golden) -> tuple[Snapshot, str]:
    before, rest = golden.document.split("├")
    answer, after = rest.split("┤")
    if golden.front.get("line ends") == "crlf":
        before, after = before.replace("\n", "\r\n"), after.replace("\n", "\r\n")
    kind, _, size = golden.front.get("indent", "4").rpartition(" ")
    snapshot = Snapshot(
        uri="file:///golden",
        path="golden",
        language=golden.front["language"],
        version=1,
        text=before + after,
        offset=len(before),
        indent=Indent(size=int(size), spaces=kind != "tab"),
    )
    return snapshot, answer


def outcome(golden: Golden) -> str:
    snapshot, answer = snapshot_and_answer(golden)
    tree = SyntaxTrees().tree(snapshot)
    hole = find_hole(snapshot, tree)
    if "mode" in golden.front:
        hole = msgspec.structs.replace(hole, mode=Mode(golden.front["mode"]))
    complete = golden.front.get("engine") != "writing"
    around = look(snapshot, hole)
    verdict = judge(answer, snapshot=snapshot, around=around, tree=tree, complete=complete)
    if not isinstance(verdict, Show):
        return f"hidden: {verdict.reason}"
    taken = f"{snapshot.prefix}├{verdict.text}┤{snapshot.suffix[verdict.replaces :]}"
    if golden.front.get("line ends") == "crlf":
        assert "\n" not in taken.replace("\r\n", "")
        taken = taken.replace("\r\n", "\n")
    return taken


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_answers_come_out_as_drawn(path: Path) -> None:
    golden = read(path)
    if "known wrong" in golden.front:
        assert outcome(golden) != golden.expected, "it is right now: take `known wrong` out"
    else:
        assert outcome(golden) == golden.expected


def test_every_reason_is_drawn() -> None:
    drawn = {read(path).expected for path in GOLDEN}
    assert {f"hidden: {reason}" for reason in Hidden} <= drawn
