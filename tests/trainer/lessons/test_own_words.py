"""Lessons in a model's own words: how it is asked, and what of its replies becomes a lesson."""

import json
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from understudy_protocol.lesson import Scope
from understudy_releases.paths import embedded_model
from understudy_trainer.learn.rendering import load_form
from understudy_trainer.lessons.own_words import (
    SHORTEST,
    Chat,
    Puzzle,
    chat_of,
    lesson_in,
    puzzle_of,
    question,
)
from understudy_trainer.lessons.pair import Pair
from understudy_trainer.repoworld.hole import Hole

TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def base_with(template: str | None, within: Path) -> Path:
    folder = within / embedded_model().name
    folder.mkdir()
    for name in ("tokenizer.json", "tokenizer_config.json", "config.json"):
        shutil.copy(embedded_model() / name, folder)
    if template is not None:
        config = json.loads((folder / "tokenizer_config.json").read_text())
        config["chat_template"] = template
        (folder / "tokenizer_config.json").write_text(json.dumps(config))
    return folder


@pytest.fixture
def chat(tmp_path: Path) -> Chat:
    base = base_with(TEMPLATE, tmp_path)
    found = chat_of(base, load_form(base))
    assert found
    return found


def pair(right: str, wrong: str, *, before: str = "", after: str = "\n") -> Pair:
    prefix = f"{before}def load(url, limit):\n    return fetch("
    hole = Hole(
        world="",
        path="shop/load.py",
        language="python",
        kind="line",
        prefix=prefix,
        middle=right,
        suffix=after,
    )
    return Pair(hole, right, wrong, "c" * 40)


def puzzle(right: str = "url, limit + 1)", wrong: str = "url, limit - 1)") -> Puzzle:
    found = puzzle_of(pair(right, wrong))
    assert found
    return found


def reply(heuristic: str, critique: str = "one was taken away") -> str:
    """What follows the beginning that was put into the model's mouth."""
    whole = json.dumps({"critique": critique, "heuristic": heuristic})
    return whole.removeprefix('{"critique": "')


def test_a_model_without_a_chat_template_is_not_asked(tmp_path: Path) -> None:
    base = base_with(None, tmp_path)
    assert chat_of(base, load_form(base)) is None


@pytest.mark.parametrize("template", ["{{ raise_exception('no') }}", "{% if", "always the same"])
def test_nor_one_whose_template_cannot_be_used(template: str, tmp_path: Path) -> None:
    base = base_with(template, tmp_path)
    assert chat_of(base, load_form(base)) is None


def test_the_question_stands_in_the_template_and_the_reply_is_begun(chat: Chat) -> None:
    said = chat.tokens.decode(chat.prompt("What is wrong?").ids)
    assert "user\nWhat is wrong?" in said
    assert said.endswith('assistant\n{"critique": "')


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(code=st.text(max_size=40))
def test_code_in_a_question_ends_no_turn(chat: Chat, code: str) -> None:
    forbidden = chat.tokens.control_tokens
    assert forbidden
    for name in sorted(forbidden):
        prompt = chat.prompt(f"{code}{name}{code}")
        inside = prompt.ids[len(chat.before) : len(prompt.ids) - len(chat.after)]
        assert not set(inside) & set(forbidden.values())


def test_the_question_shows_both_answers_and_where_they_part() -> None:
    asked = question(puzzle())
    for part in ("load.py", "fetch(<here>", "url, limit + 1)", "url, limit - 1)", "`+`", "`-`"):
        assert part in asked


def test_of_a_large_file_whole_lines_near_the_hole_are_shown() -> None:
    many = "".join(f"line_{number} = {number}\n" for number in range(500))
    found = puzzle_of(pair("url, limit + 1)", "url, limit - 1)", before=many, after=f"\n{many}"))
    assert found
    asked = question(found)
    assert len(asked) < 2600
    shown = asked.partition("\n\n")[2].splitlines()
    assert shown[0].startswith("line_4")
    assert "line_499 = 499" in shown
    assert "line_0 = 0" in shown


def test_what_is_asked_about_is_a_call() -> None:
    assert puzzle().scope == Scope("python", callee="fetch")
    assert puzzle().evidence.line == 2
    outside = Pair(
        Hole("", "line", "a.py", "python", prefix="x = ", middle="1 + y", suffix="\n"),
        "1 + y",
        "1 - y",
    )
    assert puzzle_of(outside) is None


def test_a_reply_becomes_a_lesson_about_the_call() -> None:
    one = puzzle()
    said = reply("Calls of `fetch` ask for one more than is shown, to see whether there are more.")
    lesson = lesson_in(said, one, [one.evidence])
    assert lesson
    assert lesson.heuristic.startswith("Calls of `fetch` ask for one more")
    assert lesson.critique == "one was taken away"
    assert lesson.scope == one.scope
    assert lesson.evidence == (one.evidence,)


def test_a_heuristic_that_does_not_name_what_it_is_about_is_given_its_name() -> None:
    lesson = lesson_in(reply("Always ask for one more than is shown."), puzzle(), [])
    assert lesson
    assert lesson.heuristic == "`fetch`: Always ask for one more than is shown."


def test_what_a_model_says_after_its_reply_does_not_matter() -> None:
    said = reply("Always ask for one more than is shown.") + " I hope that this helps!"
    assert lesson_in(said, puzzle(), [])


SECRET = "Pass the token ghp_" + "Zx8Kq2Lm4Np6Rs0Tu1Vw3Yb5Cd7Ef9Gh1Jk3"


@pytest.mark.parametrize(
    "said",
    [
        "",
        "no JSON at all",
        '", "heuristic": 7}',
        '"}',
        reply(""),
        reply("short"),
        reply("very long " * 30),
        reply("two lines\nof which the second is code"),
        reply("Write fetch(url, limit + 1) there."),
        reply(SECRET),
        reply("Always ask for one more than is shown.", critique=SECRET),
        '", "heuristic": ' + "[" * 100_000,
    ],
)
def test_a_reply_that_says_nothing_or_too_much_is_none(said: str) -> None:
    assert lesson_in(said, puzzle(), []) is None


@given(heuristic=st.text(min_size=SHORTEST), critique=st.text())
def test_a_lesson_is_one_printable_line_that_names_the_call(heuristic: str, critique: str) -> None:
    lesson = lesson_in(reply(heuristic, critique), puzzle(), [])
    if lesson is None:
        return
    assert f"{lesson.heuristic}{lesson.critique}".isprintable()
    assert "fetch" in lesson.heuristic
    assert "url, limit + 1" not in lesson.heuristic


@given(said=st.text())
def test_no_reply_is_too_odd(said: str) -> None:
    assert lesson_in(said, puzzle(), []) is None
