import argparse
import re
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from understudy_trainer.repoworld.kinds.holes import LEAST, MOST, Place, holes_in, kind_at
from understudy_trainer.repoworld.kinds.kind import BY_NAME, KINDS, unmarked
from understudy_trainer.repoworld.kinds.spans import DESERT, LARGEST

EXAMPLES = [(kind.name, language) for kind in KINDS for language in kind.languages]
LANGUAGES = sorted({language for _, language in EXAMPLES})
COMMENTS = {"python": "#"}

PYTHON = Path(argparse.__file__).read_text()

CHARACTERS = st.text(st.characters(), max_size=40)
"""Half surrogate pairs among them."""


def example_of(kind: str, language: str) -> tuple[str, Place]:
    text, start, end = unmarked(BY_NAME[kind].example[language])
    return text, Place(kind, start, end)


def middles(text: str, language: str, kind: str) -> list[str]:
    return [text[one.start : one.end] for one in holes_in(text, language) if one.kind == kind]


@pytest.mark.parametrize(("kind", "language"), EXAMPLES)
def test_an_example_is_found_where_it_is_marked(kind: str, language: str) -> None:
    text, place = example_of(kind, language)
    assert place in holes_in(text, language)
    assert kind_at(text, place.start, place.end, language) == kind


@pytest.mark.parametrize(("kind", "language"), EXAMPLES)
def test_an_example_is_found_in_a_file_of_any_encoding(kind: str, language: str) -> None:
    text, place = example_of(kind, language)
    before = f"\ufeff{COMMENTS.get(language, '//')} é 😀 \ud800\n\n"
    whole = (before + text).replace("\n", "\r\n")
    middle = text[place.start : place.end].replace("\n", "\r\n")
    start = len((before + text[: place.start]).replace("\n", "\r\n"))
    assert Place(kind, start, start + len(middle)) in holes_in(whole, language)


def test_a_place_has_one_kind() -> None:
    places = holes_in(PYTHON, "python")
    assert len(places) > 2000
    assert len({(place.start, place.end) for place in places}) == len(places)
    assert all(
        kind_at(PYTHON, place.start, place.end, "python") == place.kind for place in places[::50]
    )


def check(text: str, language: str) -> None:
    for place in holes_in(text, language):
        assert 0 <= place.start < place.end <= len(text)
        middle = text[place.start : place.end]
        assert LEAST <= len("".join(middle.split())) <= len(middle) <= MOST
        assert BY_NAME[place.kind].multi_line or not re.search(r"[\r\n]", middle)
        for at in (place.start, place.end):
            assert not re.fullmatch(r"\w\w", text[max(0, at - 1) : at + 1])


@given(text=CHARACTERS, language=st.sampled_from(LANGUAGES))
@settings(max_examples=100, deadline=None)
@example(text="x = foo(\ud800, 'a\udc00')", language="python")
@example(text="\0", language="rust")
def test_any_text_has_places_or_none(text: str, language: str) -> None:
    check(text, language)


@given(
    which=st.sampled_from(EXAMPLES), where=st.floats(0, 1), cut=st.integers(0, 9), new=CHARACTERS
)
@settings(max_examples=300, deadline=None)
def test_any_change_of_a_program_leaves_places_within_it(
    which: tuple[str, str], where: float, cut: int, new: str
) -> None:
    text, _ = example_of(*which)
    at = int(where * len(text))
    check(text[:at] + new + text[at + cut :], which[1])


@given(st.sampled_from(EXAMPLES), st.integers(-5, 200), st.integers(-5, 200))
@settings(max_examples=100, deadline=None)
def test_any_place_has_a_kind_of_its_language_or_none(
    which: tuple[str, str], start: int, end: int
) -> None:
    text, _ = example_of(*which)
    kind = kind_at(text, start, end, which[1])
    assert kind == "" or which[1] in BY_NAME[kind].languages


def test_there_are_no_places_without_a_grammar() -> None:
    assert holes_in("x = foo(bar)", "cobol") == []
    assert kind_at("x = foo(bar)", 4, 12, "cobol") == ""


def test_there_are_no_places_in_what_is_too_large() -> None:
    line = "value = price + tax\n"
    assert holes_in(line * (LARGEST // len(line)), "python") != []
    assert holes_in(line * (LARGEST // len(line) + 1), "python") == []


@pytest.mark.parametrize("filler", ["\n", "# Nothing.\n", "\\\n"])
def test_there_are_no_places_where_code_is_far_apart(filler: str) -> None:
    line = "value = price + tax\n"
    assert holes_in(line + "\n" * (DESERT - 1) + line, "python") != []
    assert holes_in(line + filler * (DESERT + 1) + line, "python") == []


def test_there_are_no_places_in_what_is_mostly_broken() -> None:
    assert holes_in("value = price + tax\n" + ")) ] ?? }} (" * 20, "python") == []


def test_a_broken_line_leaves_the_rest_of_a_file() -> None:
    line = "def pay():\n    total = price + tax\n\n"
    found = middles(line * 20 + "def broken(:\n\n" + line * 20, "python", "right_hand_side")
    assert found.count("price + tax") >= 39


def test_what_is_broken_is_no_place() -> None:
    line = "def pay():\n    total = price + tax\n\n"
    text = line * 20 + "def broken():\n    total = sum(price, ? tax)\n\n" + line * 20
    assert set(middles(text, "python", "right_hand_side")) == {"price + tax"}


def test_deep_nesting_is_left_alone() -> None:
    depth = 20_000
    text = "value = price + tax\nlist = " + "[" * depth + "price + other" + "]" * depth + "\n"
    assert middles(text, "python", "arithmetic_operand") == ["tax"]


def test_what_is_too_short_or_too_long_is_no_place() -> None:
    long = "x" * (MOST + 1)
    text = f"one = a\ntwo = ab\nthree = {long}\nfour = {long[1:]}\n"
    assert middles(text, "python", "right_hand_side") == ["ab", long[1:]]


def test_what_does_not_end_in_its_line_is_no_place_but_for_bodies() -> None:
    text = "def f():\n    total = sum(\n        words\n    )\n    return total\n"
    assert middles(text, "python", "right_hand_side") == []
    assert middles(text, "python", "call_arguments") == ["words"]
    assert middles(text, "python", "small_body") == [text[13:-1]]


def test_no_place_ends_within_a_word() -> None:
    text = "full = size == 10if words else size == 20\n"
    assert middles(text, "python", "comparison_operand") == ["20"]


def test_nobody_is_asked_for_comments_or_documentation() -> None:
    text = 'def f():\n    """Says it."""\n    # Why.\n    return [\n        10,  # ten\n    ]\n'
    begins = [text[place.start :] for place in holes_in(text, "python")]
    assert begins
    assert not any(each.startswith(("#", '"""')) for each in begins)


def test_the_comment_that_a_body_begins_with_is_not_asked_for() -> None:
    text = "function load(path) {\n  // Why.\n\n  const data = read(path);\n  return data;\n}\n"
    (middle,) = middles(text, "javascript", "small_body")
    assert middle.startswith("const data")


def test_only_a_comment_right_above_is_for_the_code_below() -> None:
    text = "def f():\n    one = 10  # ten\n    two = 20\n    # More.\n\n    three = 30\n"
    assert middles(text, "python", "commented_code") == []
    assert middles(text.replace("\n\n", "\n"), "python", "commented_code") == ["three = 30"]


@pytest.mark.parametrize("language", ["javascript", "go", "rust", "java"])
def test_only_documentation_right_above_is_a_functions_own(language: str) -> None:
    text, place = example_of("documented_body", language)
    middle = text[place.start : place.end]
    above = re.sub(r"(?m)^( *//?.*)$", r"\1\n", text)
    assert middles(text, language, "documented_body") == [middle]
    assert middles(above, language, "documented_body") == []


def test_an_assertion_counts_in_tests_only() -> None:
    body = "    if words:\n        assert words[0]\n"
    assert middles("def check():\n" + body, "python", "test_assertion") == []
    assert middles("def test_it():\n" + body, "python", "test_assertion") == ["words[0]"]


def test_a_name_that_is_called_is_no_attribute() -> None:
    text = "print(path.name, path.exists())\n"
    assert middles(text, "python", "attribute") == ["name"]
    assert middles(text, "python", "method_call") == ["exists()"]


def test_the_address_of_a_page_is_no_key() -> None:
    text = 'client.get("/people")\nsettings.get("people")\n'
    assert middles(text, "python", "configuration_key") == ["people"]
    assert middles(text, "python", "string_argument") == ["/people"]


STATEMENTS = "def load(path):\n    data = path.read_bytes()\n    return decode(data)\n"


def at(marked: str, end: str | None = None) -> str:
    """The kind at `|` in a marked text, whose truth ends at its line's end, or behind `end`."""
    start = marked.index("|")
    text = marked.replace("|", "", 1)
    stop = text.index("\n", start) if end is None else text.index(end, start) + len(end)
    return kind_at(text, start, stop, "python")


def test_a_kind_begins_where_the_place_begins() -> None:
    assert at(STATEMENTS.replace("path.r", "|path.r")) == "right_hand_side"
    assert at(STATEMENTS.replace("read", "|read")) == "method_call"
    assert at(STATEMENTS.replace("decode", "|decode")) == "return_value"


def test_of_kinds_that_begin_there_the_one_that_ends_nearest_is_meant() -> None:
    marked = STATEMENTS.replace("data = ", "|data = ")
    assert at(marked) == "first_statement"
    assert at(marked, end="decode(data)") == "small_body"


def test_blanks_before_the_text_do_not_matter() -> None:
    assert at(STATEMENTS.replace("\n    return", "|\n    return"), end="(data)") == "next_statement"


def test_within_a_kind_the_smallest_around_is_meant() -> None:
    assert at(STATEMENTS.replace("read_bytes", "read_|bytes")) == "method_call"
    assert at(STATEMENTS.replace("return", "ret|urn")) == "next_statement"


def test_a_place_that_fits_no_kind_has_none() -> None:
    assert at("pas|s\n") == ""
