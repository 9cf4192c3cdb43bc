"""What lessons take of a prompt, and when they are in it."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from lessons_learned import lesson
from vocabularies import CODE, vocabulary

from understudy_protocol.completion import Snippet
from understudy_protocol.fim import Parts, Prompt, render
from understudy_protocol.fim_formats import PROMPTER
from understudy_protocol.lesson import Lesson, Scope
from understudy_protocol.lesson_choice import snippet_of
from understudy_protocol.lesson_index import index_of
from understudy_protocol.lesson_prompt import SHARE, is_said, lessons_for, with_lessons

HERE = Parts(prefix="def load(url):\n    return get(", suffix=")\n", path="src/shop.py")
DEFINITIONS = tuple(
    Snippet(path=f"src/part_{number}.py", text=CODE, stable=number < 5) for number in range(10)
)
THREE = [lesson("timeout"), lesson("verify"), lesson("retries")]


def test_a_lesson_of_the_place_is_in_the_prompt_before_everything_else() -> None:
    parts = msgspec.structs.replace(HERE, snippets=DEFINITIONS)
    told = lessons_in(parts, [lesson()], budget=1024)
    assert told == [lesson()]
    prompt = prompted(parts, [lesson()], budget=1024)
    assert "Calls of `get` here pass `timeout=`." in prompt.kept.snippets[0].text
    assert is_said(lesson(), prompt.kept.snippets)


def test_where_no_lesson_holds_the_parts_are_as_they_were() -> None:
    assert with_lessons(HERE, lessons_in(HERE, [], budget=1024)) is HERE
    other = lesson(scope=Scope("python", callee="post"))
    assert with_lessons(HERE, lessons_in(HERE, [other], budget=1024)) is HERE


def test_what_the_snippets_say_already_is_not_said_again() -> None:
    brought = snippet_of([lesson().heuristic], path=HERE.path)
    assert brought is not None
    parts = msgspec.structs.replace(HERE, snippets=(brought, *DEFINITIONS))
    assert lessons_in(parts, [lesson()], budget=1024) == []
    assert lessons_in(parts, [lesson(), lesson("verify")], budget=1024) == [lesson("verify")]


def test_a_lesson_of_several_lines_is_known_again() -> None:
    long = lesson(heuristic="Calls of `get` here\npass `timeout=`.")
    prompt = prompted(HERE, [long], budget=1024)
    assert is_said(long, prompt.kept.snippets)
    assert lessons_in(prompt.kept, [long], budget=1024) == []


def test_a_short_budget_holds_fewer_and_a_long_lesson_gives_way() -> None:
    assert len(lessons_in(HERE, THREE, budget=1024)) == 3
    assert len(lessons_in(HERE, THREE, budget=256)) == 1
    assert lessons_in(HERE, THREE, budget=128) == []
    endless = lesson(heuristic="Calls of `get` here pass much. " * 99)
    assert lessons_in(HERE, [endless, lesson()], budget=1024) == [lesson()]


def test_definitions_give_lessons_a_small_share_of_the_prompt_only() -> None:
    parts = msgspec.structs.replace(HERE, snippets=DEFINITIONS)
    for budget in (256, 512, 1024, 2048):
        without, informed = (prompted(parts, known, budget=budget) for known in ([], THREE))
        kept = sum(len(each.text) for each in informed.kept.snippets if each.path != HERE.path)
        lost = sum(len(each.text) for each in without.kept.snippets) - kept
        # They are cut at ends of lines, so a little more or less is lost with the last one.
        assert lost <= 6 * budget // SHARE + 80
        assert len(informed.ids) <= budget


def test_the_text_around_the_cursor_is_the_same_with_lessons_and_without() -> None:
    parts = msgspec.structs.replace(HERE, prefix=CODE * 20 + HERE.prefix, snippets=DEFINITIONS)
    without, informed = (prompted(parts, known, budget=1024) for known in ([], THREE))
    assert informed.kept.prefix == without.kept.prefix
    assert informed.kept.suffix == without.kept.suffix


def test_while_a_line_is_typed_all_that_stands_before_it_stays() -> None:
    """Which is what the engine's prefix cache needs."""
    above = CODE + "def load(url):\n    first = get(url, timeout=3)\n"
    line = "    second = get(other, timeout=4)"
    known = [*THREE, lesson("size", scope=Scope("python", names=("greet",)))]
    prompts = [
        prompted(
            msgspec.structs.replace(HERE, prefix=above + line[:length], snippets=DEFINITIONS[:3]),
            known,
            budget=1024,
        )
        for length in range(len(line) + 1)
    ]
    assert {prompt.kept.snippets for prompt in prompts} == {prompts[0].kept.snippets}
    assert is_said(THREE[0], prompts[0].kept.snippets)


@given(
    prefix=st.text(st.sampled_from("get(ab \n#="), max_size=300),
    budget=st.integers(128, 1024),
    heuristics=st.lists(st.text(st.sampled_from("ab` \n"), max_size=120), max_size=5),
)
def test_every_prompt_keeps_its_budget(prefix: str, budget: int, heuristics: list[str]) -> None:
    known = [lesson(heuristic=text, scope=Scope("python")) for text in heuristics]
    parts = msgspec.structs.replace(HERE, prefix=prefix)
    assert len(prompted(parts, known, budget=budget).ids) <= budget


def lessons_in(parts: Parts, known: list[Lesson], *, budget: int) -> list[Lesson]:
    return lessons_for(parts, index_of(known), language="python", budget=budget)


def prompted(parts: Parts, known: list[Lesson], *, budget: int) -> Prompt:
    informed = with_lessons(parts, lessons_in(parts, known, budget=budget))
    return render(informed, fmt=PROMPTER, tokenizer=vocabulary(PROMPTER), budget=budget)
