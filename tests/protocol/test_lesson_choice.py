"""Which lessons hold at a place, and how they stand in a prompt."""

import random

import msgspec
import pytest
from lessons_learned import lesson
from vocabularies import vocabulary

from understudy_protocol import fim
from understudy_protocol.fim_formats import PROMPTER
from understudy_protocol.lesson import Lesson, Rate, Scope
from understudy_protocol.lesson_choice import MOST, chosen, holds, snippet_of
from understudy_protocol.lesson_index import index_of
from understudy_protocol.spot import Spot, spot_of

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


def test_the_call_itself_goes_before_what_helped_more() -> None:
    near = [near_by(f"near_{number}", informed=Rate(16, 16)) for number in range(MOST)]
    some, more = lesson("some", informed=Rate(9, 16)), lesson("more", informed=Rate(12, 16))
    told = chosen(index_of([*near, some, more]), HERE)
    assert len(told) == MOST
    assert {some, more} <= set(told)


def test_they_come_in_the_order_of_what_they_helped_wherever_the_place_is() -> None:
    near, some, more = near_by("near"), lesson("some"), lesson("more", informed=Rate(16, 16))
    near = msgspec.structs.replace(near, informed=Rate(15, 16))
    for callee in ("requests.get", "other", ""):
        spot = Spot("src/shop.py", "python", callee, HERE.names | {"get"})
        assert chosen(index_of([some, near, more]), spot) == [more, near, some]


def test_of_the_same_lesson_twice_nothing_breaks() -> None:
    assert chosen(index_of([lesson(), lesson()]), HERE)


def test_at_most_so_many_are_chosen_whatever_their_order() -> None:
    every = [lesson(f"name_{number}") for number in range(20)]
    first = chosen(index_of(every), HERE)
    assert len(first) == MOST
    for seed in range(10):
        random.Random(seed).shuffle(every)
        assert chosen(index_of(every), HERE) == first


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
    tokenizer = vocabulary(PROMPTER)
    parts = fim.Parts(prefix="x = get(", suffix=")\n", path="src/shop.py", snippets=(snippet,))
    prompt = fim.render(parts, fmt=PROMPTER, tokenizer=tokenizer, budget=256)
    assert prompt.kept.snippets == (snippet,)
    before, said, after = tokenizer.decode(prompt.ids).partition(lesson().heuristic)
    assert said
    assert "x = get(" in after
    assert "x = get(" not in before


def test_while_a_line_is_typed_the_lessons_stay_until_it_speaks_of_another() -> None:
    """What is before them in a prompt would have to be read again with each change."""
    known = [
        lesson("timeout", scope=Scope("python", callee="requests.get")),
        near_by("money", informed=Rate(16, 16)),
        lesson("code", heuristic="Here `Code` is used.", scope=Scope("python", names=("Code",))),
    ]
    above = "from shop import Money, requests\n" + "total = Money(1)\n" * 80
    line = "    answer = requests.get(Money(3), Code(url), retries=4)"
    told = [
        tuple(
            chosen(
                index_of(known),
                spot_of(above + line[:length], "\n", path="a.py", language="python"),
            )
        )
        for length in range(len(line) + 1)
    ]
    changes = [length for length in range(1, len(told)) if told[length] != told[length - 1]]
    assert [line[:length] for length in changes] == [
        "    answer = requests.",
        "    answer = requests.get(Money(3), Code(",
    ]
    assert told[-1] == (known[1], known[0], known[2])


def test_nothing_chosen_is_no_snippet() -> None:
    assert snippet_of([], path="src/shop.py") is None


def test_a_lesson_of_a_call_holds_in_the_next_one() -> None:
    one = lesson()
    spot = spot_of("def g(uri):\n    return get(", ")\n", path="src/mix.py", language="python")
    assert chosen(index_of([one]), spot) == [one]


def near_by(name: str, **changes: object) -> Lesson:
    """A lesson about `Money`."""
    scope = Scope("python", names=("Money",))
    return lesson(name, heuristic=f"Here `Money` takes `{name}`.", scope=scope, **changes)
