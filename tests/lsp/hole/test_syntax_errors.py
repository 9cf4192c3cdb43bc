"""How many errors a suggestion would add; `‸` is the cursor."""

import pytest
from snapshots import snapshot_of

from understudy_lsp.hole.syntax_errors import insertion_errors
from understudy_lsp.hole.trees import SyntaxTrees


def errors(drawn: str, text: str, *, language: str = "python", replaces: int = 0) -> int:
    snapshot = snapshot_of(drawn, language=language)
    return insertion_errors(snapshot, SyntaxTrees().tree(snapshot), text, replaces=replaces)


@pytest.mark.parametrize(
    ("drawn", "text", "language"),
    [
        ("x = ‸\n", "f(1)", "python"),
        ("def f():\n    ‸\n", "return 1\n", "python"),
        ("function f() {\n  ‸\n}\n", "return 1;", "typescript"),
        ("int f(void) {\n  ‸\n}\n", "return 1;", "c"),
        ("# Title\n\n‸", "anything (at all", "markdown"),
    ],
)
def test_right_text_adds_none(drawn: str, text: str, language: str) -> None:
    assert errors(drawn, text, language=language) == 0


@pytest.mark.parametrize(
    ("drawn", "text", "language"),
    [
        ("x = 1\n‸\n", "f(1))", "python"),
        ("x = 1\n‸\ny = 2\n", "f(1", "python"),
        ("function f() {\n  ‸\n}\n", "return 1; } }", "typescript"),
        ("fn f() {\n  ‸\n}\n", "let = 1;", "rust"),
    ],
)
def test_wrong_text_adds_some(drawn: str, text: str, language: str) -> None:
    assert errors(drawn, text, language=language) > 0


def test_text_may_take_the_place_of_what_follows() -> None:
    assert errors("x = f(‸)\n", "1)") > 0
    assert errors("x = f(‸)\n", "1)", replaces=1) == 0


def test_errors_that_are_there_already_do_not_count() -> None:
    assert errors("x = = 1\ny = ‸\n", "f(1)") == 0


def test_nothing_is_known_without_a_tree() -> None:
    assert errors("x = ‸", "f((", language="plaintext") == 0
