import re

import pytest

from understudy_trainer.repoworld.kinds import go, java, javascript, python, rust
from understudy_trainer.repoworld.kinds.kind import CLOSE, KINDS, OPEN, unmarked

QUERIES = {
    "python": python.QUERY,
    "javascript": javascript.QUERY,
    "javascriptreact": javascript.QUERY,
    "typescript": javascript.TYPED_QUERY,
    "typescriptreact": javascript.TYPED_QUERY,
    "go": go.QUERY,
    "rust": rust.QUERY,
    "java": java.QUERY,
}


def test_there_are_fifty_kinds_and_python_has_all() -> None:
    assert len({kind.name for kind in KINDS}) == len(KINDS) == 50
    assert all("python" in kind.languages for kind in KINDS)


def test_five_kinds_are_held_out() -> None:
    assert sum(kind.held_out for kind in KINDS) == 5


@pytest.mark.parametrize("language", QUERIES)
def test_what_a_language_looks_for_is_what_the_table_says(language: str) -> None:
    captures = re.findall(r"@([a-z]\w*)(?!\.not)\b", QUERIES[language])
    assert set(captures) == {kind.name for kind in KINDS if language in kind.languages}


def test_an_example_has_one_hole() -> None:
    for kind in KINDS:
        for text in kind.example.values():
            assert text.count(OPEN) == text.count(CLOSE) == 1
            assert ("\n" not in text[slice(*unmarked(text)[1:])]) or kind.multi_line


def test_a_marked_text_is_read() -> None:
    assert unmarked("a⟦bc⟧d") == ("abcd", 1, 3)
