"""Where a wrong answer left the right one."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planted_pairs import CHANGES, Planted, planted_pairs
from task_sets import hole

from understudy_trainer.lessons.bifurcation import LINE, Bifurcation, bifurcation
from understudy_trainer.lessons.difference import difference
from understudy_trainer.lessons.pair import Pair
from understudy_trainer.lessons.templates import lesson_of
from understudy_trainer.lessons.trees import text_of
from understudy_trainer.repoworld.kinds.kind import KINDS, unmarked

CODE = st.text("ab(,)[]{}\n \t\"'#/é=.:", max_size=30)
ANSWERS = st.text("ab(,)[]{}\n \t\"'#/é\ud800\x00=.:", max_size=30)
IN_FUNCTION = {"prefix": "def f(a, b):\n    ", "suffix": "\n\n\nz = 3\n"}
LANGUAGES = sorted({language for kind in KINDS for language in kind.example})


def found(right: str, wrong: str, **changes: str) -> Bifurcation:
    made = bifurcation(Pair(hole(right, **changes), right, wrong))
    assert made is not None
    return made


def test_200_planted_differences_are_all_found_in_the_smallest_statement() -> None:
    planted = planted_pairs(200, seed=1)
    assert {each.kind for each in planted} == set(CHANGES)
    assert not [each for each in planted if not is_found(each)]


@given(st.integers(0, 2**32))
@settings(max_examples=30)
def test_whatever_is_planted_is_found(seed: int) -> None:
    assert not [each for each in planted_pairs(10, seed=seed) if not is_found(each)]


def is_found(planted: Planted) -> bool:
    """`ast` says where the smallest statement begins."""
    made = bifurcation(planted.pair)
    return (
        made is not None
        and made.statements is not None
        and made.statements.other is not None
        and made.start <= planted.start
        and planted.end <= made.end
        and made.start <= made.offset <= made.end
        and made.start == planted.statement
        and made.node != LINE
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_in_every_language_a_statement_or_definition_is_found(language: str) -> None:
    for kind in KINDS:
        if language not in kind.example:
            continue
        text, start, end = unmarked(kind.example[language])
        right = text[start:end]
        parts = {"prefix": text[:start], "suffix": text[end:], "language": language}
        made = found(right, "another_word" if right != "another_word" else "word", **parts)
        assert made.start <= made.offset <= made.end, kind.name
        assert made.end > made.start, kind.name


@pytest.mark.parametrize(
    ("language", "file", "node", "statement"),
    [
        (
            "python",
            "class A:\n    def f(self):\n        return ⟦a⟧.b",
            "return_statement",
            "return a.b",
        ),
        ("python", "@d\ndef f(x=⟦a⟧):\n    pass", "function_definition", "def f(x=a):\n    pass"),
        ("typescript", "f(() => {\n  log();\n  g(⟦a⟧);\n});", "expression_statement", "g(a);"),
        ("javascript", "switch (x) {\n  case ⟦a⟧:\n    f();\n}", "switch_statement", "switch"),
        ("go", "package a\n\nfunc f() {\n\tx()\n\ty(⟦a⟧)\n}", "expression_statement", "y(a)"),
        ("rust", "fn f() {\n    x();\n    y(⟦a⟧)\n}", "call_expression", "y(a)"),
        (
            "java",
            "class A {\n  void f() {\n    x();\n    this.y(⟦a⟧);\n  }\n}",
            "expression_statement",
            "this.y(a);",
        ),
    ],
)
def test_the_smallest_statement_is_that_of_the_language(
    language: str, file: str, node: str, statement: str
) -> None:
    text, start, end = unmarked(file)
    parts = {"prefix": text[:start], "suffix": text[end:], "language": language}
    made = found("a", "planted", **parts)
    assert made.node == node
    assert text[made.start : made.end].startswith(statement)
    assert "f(" not in text[made.start : made.end] or statement.startswith(("def", "switch"))


@given(st.sampled_from([*LANGUAGES, "ini"]), CODE, ANSWERS)
def test_every_answer_has_a_place_in_the_file(language: str, right: str, wrong: str) -> None:
    pair = Pair(hole(right, language=language), right, wrong)
    made = bifurcation(pair)
    assert (made is None) == (right == wrong)
    if made is not None:
        assert 0 <= made.start <= made.offset <= made.end <= len(pair.with_right())
        difference(made)
    lesson_of(pair)


def test_the_symbols_that_differ_are_named() -> None:
    made = found("left, right", "left, wrong")
    assert (made.expected, made.wrong) == ("right", "wrong")
    assert made.node == "return_statement"


def test_what_only_one_of_them_adds_belongs_to_its_statement() -> None:
    made = found("x", "x.y", prefix="def f(x):\n    return ", suffix="\n\n\nz = 3\n")
    assert (made.node, made.expected, made.wrong) == ("return_statement", "z", ".")
    assert made.offset == len("def f(x):\n    return x")
    made = found("x.y", "x", prefix="def f(x):\n    return ", suffix="\n\n\nz = 3\n")
    assert (made.node, made.expected, made.wrong) == ("return_statement", ".", "z")


def test_a_statement_that_the_wrong_answer_lacks_is_the_one_that_differs() -> None:
    made = found("log()\n    ", "", prefix="def f(x):\n    ", suffix="return x\n")
    assert (made.expected, made.wrong) == ("log", "return")
    assert made.end - made.start == len("log()")


def test_the_wrong_answer_has_its_statement_there_too() -> None:
    made = found("a = 1\n    f(a, b)\n    g(a)", "a = 1 # one\n    f(a)\n    g(b)", **IN_FUNCTION)
    assert made.statements is not None
    right, wrong, one, other = made.statements
    assert text_of(right, one) == "f(a, b)"
    assert other is not None
    assert text_of(wrong, other) == "f(a)"
    assert made.line == 3


def test_where_the_wrong_answer_has_ended_its_statement_is_what_both_have() -> None:
    made = found("return a.b", "return a", **IN_FUNCTION)
    assert made.statements is not None
    other = made.statements.other
    assert other is not None
    assert text_of(made.statements.wrong, other) == "return a"


def test_comments_and_layout_before_the_difference_do_not_count() -> None:
    made = found("left, right", "left,  # the left\n        wrong")
    assert (made.expected, made.wrong) == ("right", "wrong")


def test_a_wrong_answer_that_breaks_the_tree_has_a_place_as_well() -> None:
    made = found("left, right", "left, (((")
    assert (made.node, made.expected) == ("return_statement", "right")


def test_the_same_symbols_in_another_layout_differ_by_line() -> None:
    parts = {"prefix": "def f(x):\n    if x:\n        log()\n", "suffix": "\n"}
    made = found("        return x", "    return x", **parts)
    assert made.node == LINE


def test_without_a_grammar_it_is_the_line() -> None:
    made = found("b = two words", "b = two swords", prefix="a = 1\n", suffix="\nc", language="ini")
    assert (made.node, made.expected, made.wrong) == (LINE, "words", "swords")
    assert (made.start, made.end) == (len("a = 1\n"), len("a = 1\nb = two words"))


def test_offsets_count_characters_not_bytes() -> None:
    made = found("left, right", "left, wrong", prefix="é = 'ü'\nreturn_ = add(")
    assert made.offset == len("é = 'ü'\nreturn_ = add(left, ")
    assert made.start == len("é = 'ü'\n")


def test_the_same_answer_has_none() -> None:
    assert bifurcation(Pair(hole(), "left", "left")) is None


def test_the_parts_of_a_statement_are_none() -> None:
    made = found("left", "wrong", prefix="with opened(", suffix=") as file:\n    pass\n")
    assert (made.node, made.start) == ("with_statement", 0)
    made = found("left", "wrong", prefix="match x:\n    case Point(", suffix="):\n        pass\n")
    assert (made.node, made.start) == ("match_statement", 0)
