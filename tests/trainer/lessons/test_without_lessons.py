"""Lessons are told from what else a model was shown."""

import pytest
from lessons_learned import lesson

from understudy_protocol.completion import Snippet
from understudy_protocol.lesson_choice import snippet_of
from understudy_trainer.lessons.without_lessons import without_lessons

SHOWN = (
    Snippet(path="src/other.py", text="# A comment of another file\n", stable=True),
    Snippet(path="src/shop.py", text="# Further down\n", start_line=40, stable=True),
    Snippet(path="src/shop.py", text="# Code\nx = 1\n", stable=True),
    Snippet(path="src/shop.py", text="", stable=True),
)


@pytest.mark.parametrize("path", ["src/shop.py", "src/shop.ts", "q.sql", "paper.tex"])
def test_what_the_gateway_said_is_taken_out_in_every_language(path: str) -> None:
    said = snippet_of([lesson().heuristic, lesson("verify").heuristic], path=path)
    assert said is not None
    assert tuple(without_lessons([said, *SHOWN], path=path, files={})) == SHOWN


def test_what_else_was_shown_stays() -> None:
    assert tuple(without_lessons(SHOWN, path="src/shop.py", files={})) == SHOWN


def test_a_comment_that_stands_at_the_top_of_the_file_is_no_lesson() -> None:
    top = Snippet(path="src/shop.py", text="# Copyright: everybody\n", stable=True)
    files = {"src/shop.py": "# Copyright: everybody\n\nx = 1\n"}
    assert tuple(without_lessons([top], path="src/shop.py", files=files)) == (top,)
