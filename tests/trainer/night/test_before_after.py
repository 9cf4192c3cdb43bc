"""Which answer counts as what the person wrote."""

from pathlib import Path

from tiny_models import tiny_model

from understudy_trainer.night.arms import Arms
from understudy_trainer.night.before_after import (
    answers_in_editor,
    before_and_after,
    right,
    without_rest,
)
from understudy_trainer.night.held_out import as_examples
from understudy_trainer.night.record import BeforeAfter, InEditor
from understudy_trainer.repoworld.hole import Hole


def hole(middle: str, suffix: str = "\n") -> Hole:
    return Hole("shop", "return value", "a.py", "python", "def a(b):\n    return ", middle, suffix)


def test_blanks_at_the_end_are_nobodys() -> None:
    assert right("price ", "price")
    assert not right("prices", "price")


def test_only_single_lines_are_asked(tmp_path: Path) -> None:
    model = tiny_model(tmp_path)
    holes = [hole("b"), hole("b\n    c"), hole("d")]
    examples = as_examples(holes, commit="", files={}, snippets=False)
    arms = Arms(model, "shop", tmp_path, "", "float32")
    told = before_and_after(holes, examples, arms, before=None, after=None)
    assert told.asked == 2
    assert told.exact_before == told.exact_after


def test_what_stands_behind_the_cursor_is_not_written_twice() -> None:
    assert without_rest("b)", ")\n") == "b"
    assert without_rest("b", ")\n") == "b"
    assert without_rest("b)", "\n") == "b)"


def test_what_the_language_server_answered_stands_for_what_the_model_did() -> None:
    lines = [hole("a"), hole("b"), hole("c")]
    one, other, _ = lines
    beside = [
        BeforeAfter(each.path, each.kind, each.prefix, each.middle, "x", each.middle, "model")
        for each in lines
    ]
    told, shown = answers_in_editor(
        lines, {one.id: "a", other.id: "x\ny"}, {one.id: "z", other.id: "b\nc"}, beside=beside
    )
    assert told == InEditor(asked=2, exact_before=1, exact_after=1)
    assert [(each.middle, each.through) for each in shown] == [
        ("b", "language server"),
        ("c", "model"),
        ("a", "language server"),
    ]
