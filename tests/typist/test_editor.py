"""What an item suggests, as an editor would put it in."""

from typing import Any

from understudy_typist.editor import ghost_of
from understudy_typist.text import Text

TEXT = Text("x = f(a)\ny😀 = 1\n")


def item(text: str, *, start: int, end: int, line: int = 0) -> dict[str, Any]:
    span = {"start": {"line": line, "character": start}, "end": {"line": line, "character": end}}
    return {"insertText": text, "range": span}


def test_what_was_typed_along_is_not_suggested_again() -> None:
    ghost = ghost_of(TEXT, item("a, b", start=6, end=7), 7)
    assert ghost is not None
    assert (ghost.text, ghost.passed) == (", b", 1)


def test_a_bracket_that_stands_there_already_is_not_put_in() -> None:
    ghost = ghost_of(TEXT, item(", b)", start=7, end=8), 7)
    assert ghost is not None
    assert ghost.text == ", b"


def test_what_changes_other_text_is_no_suggestion_at_the_cursor() -> None:
    assert ghost_of(TEXT, item("b)", start=6, end=7), 7) is None
    assert ghost_of(TEXT, item("b]", start=7, end=8), 7) is None


def test_columns_are_counted_in_utf_16() -> None:
    ghost = ghost_of(TEXT, item("= 2", start=4, end=4, line=1), 12)
    assert ghost is not None
    assert ghost.text == "= 2"


def test_an_item_without_text_suggests_nothing() -> None:
    """As tabby-agent answers now and then."""
    edit = {"newText": "", "range": item("", start=7, end=7)["range"]}
    assert ghost_of(TEXT, {"label": "", "textEdit": edit}, 7) is None
