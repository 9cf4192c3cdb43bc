"""Which lessons hold at a place, and how they stand in a prompt."""

import random

import pytest
from lessons_learned import lesson
from task_sets import hole

from understudy_protocol import fim
from understudy_releases.paths import embedded_model
from understudy_trainer.learn.rendering import load_form
from understudy_trainer.lessons.lesson import Rate, Scope
from understudy_trainer.lessons.select import MOST, chosen, holds, snippet_of
from understudy_trainer.lessons.spot import Spot, spot_of

HERE = Spot("src/shop.py", "python", "requests.get", frozenset({"requests", "url", "Money"}))


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        (Scope("python"), True),
        (Scope("typescript"), False),
        (Scope("python", callee="requests.get"), True),
        (Scope("python", callee="get"), True),
        (Scope("python", callee="et"), False),
        (Scope("python", callee="session.get"), False),
        (Scope("python", callee="requests.post"), True),
        (Scope("python", names=("Money", "int")), True),
        (Scope("python", names=("Price", "int")), False),
        (Scope("python", names=("url.path",)), True),
        (Scope("python", path="src"), True),
        (Scope("python", path="sr"), False),
        (Scope("python", path="lib"), False),
        (Scope("python", callee="get", path="lib"), False),
    ],
)
def test_where_a_lesson_holds(scope: Scope, expected: bool) -> None:
    assert holds(scope, HERE) is expected


def test_react_is_the_same_language() -> None:
    scope = Scope("typescript", callee="get")
    assert holds(scope, Spot("a.tsx", "typescriptreact", "get", frozenset()))


def test_the_call_itself_comes_first_then_what_helped_more() -> None:
    near = lesson("near", scope=Scope("python", names=("Money",)), informed=Rate(16, 16))
    some, more = lesson("some", informed=Rate(9, 16)), lesson("more", informed=Rate(12, 16))
    assert chosen([near, some, more], HERE) == [more, some, near]


def test_at_most_so_many_are_chosen_whatever_their_order() -> None:
    every = [lesson(f"name_{number}") for number in range(20)]
    first = chosen(every, HERE)
    assert len(first) == MOST
    for seed in range(10):
        random.Random(seed).shuffle(every)
        assert chosen(every, HERE) == first


def test_they_stand_in_a_prompt_as_comments_of_the_file() -> None:
    made = snippet_of(["One.\nTwo.", "Three."], path="src/shop.py")
    assert made is not None
    assert made.text == "# One.\n# Two.\n# Three.\n"
    assert made.path == "src/shop.py"
    assert made.stable
    other = snippet_of(["One."], path="src/shop.ts")
    assert other is not None
    assert other.text == "// One.\n"


def test_the_prompt_of_the_embedded_model_has_them_before_the_code() -> None:
    snippet = snippet_of([lesson().heuristic], path="src/shop.py")
    assert snippet is not None
    form = load_form(embedded_model())
    parts = fim.Parts(prefix="x = get(", suffix=")\n", path="src/shop.py", snippets=(snippet,))
    prompt = fim.render(parts, fmt=form.fmt, tokenizer=form.tokenizer, budget=256)
    assert prompt.kept.snippets == (snippet,)
    before, said, after = form.tokenizer.decode(prompt.ids).partition(lesson().heuristic)
    assert said
    assert "x = get(" in after
    assert "x = get(" not in before


def test_nothing_chosen_is_no_snippet() -> None:
    assert snippet_of([], path="src/shop.py") is None


def test_a_lesson_from_a_hole_holds_at_the_next_one() -> None:
    one = lesson()
    asked = hole("uri, timeout=3", prefix="def g(uri):\n    return get(", suffix=")\n")
    assert chosen([one], spot_of(asked)) == [one]
