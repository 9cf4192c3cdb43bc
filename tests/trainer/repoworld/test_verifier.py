"""What counts as right, on golden cases."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from task_sets import hole

from understudy_trainer.repoworld.agent import Answer
from understudy_trainer.repoworld.syntax import compiles
from understudy_trainer.repoworld.verifier import (
    edit_similarity,
    first_token_match,
    kept_characters,
    success,
    verify,
)

BODY = hole(
    "total = left + right\n    return total",
    prefix="def mix(left, right):\n    ",
    suffix="\n\nprint(mix(1, 2))\n",
)
STRING = hole(r"'a\nb' + left", suffix=")\n")


@pytest.mark.parametrize(
    "candidate",
    [
        "left, right",
        "left,right",
        "left, right\n)\nprint(1)",
        "left,\n    right",
        "left, right  # both\n",
    ],
)
def test_the_true_text_and_what_has_its_tree_are_right(candidate: str) -> None:
    assert verify(hole(), candidate)


@pytest.mark.parametrize(
    "candidate",
    ["", " ", "left", "right, left", "left, right)", "left, right, 1", "left, 'right'", "# left"],
)
def test_other_trees_and_broken_ones_are_wrong(candidate: str) -> None:
    assert not verify(hole(), candidate)


def test_a_comment_that_hides_the_rest_of_the_line_makes_nothing_right() -> None:
    summed = hole(suffix=")  # the sum\n")
    assert verify(summed, "left,right")
    assert not verify(summed, "left, right)  # both")


def test_blanks_at_the_ends_of_lines_do_not_count_and_other_blanks_in_strings_do() -> None:
    last = hole("x = 1", prefix="", suffix="\n")
    assert verify(last, "x = 1  \nprint(2)")
    assert verify(BODY, "total = left + right  \n    return total\t")
    text = hole("'a b'", suffix=")\n")
    assert not verify(text, "'a  b'")
    assert not verify(hole("'a ", suffix="b')\n"), "'a")


def test_comments_and_layout_of_a_body_do_not_count() -> None:
    assert not verify(BODY, "total = (left + right)\n    return total")
    assert verify(BODY, "total = left  +  right  # sum\n\n    # give\n    return total")
    assert not verify(BODY, "total = left + right\nreturn total")


def test_text_between_the_escapes_of_a_string_counts() -> None:
    assert verify(STRING, r"'a\nb'+left")
    assert not verify(STRING, r"'c\nb'+left")
    assert not verify(STRING, r"'a\nb '+left")


def test_a_name_that_grows_together_with_what_stands_before_is_another_one() -> None:
    assert verify(hole("= 1", prefix="x ", suffix="\n"), "=1")
    assert not verify(hole(" = 1", prefix="x", suffix="\n"), "y = 1")
    assert not verify(hole("(a) ", prefix="f", suffix="+ 1\n"), "(a)b")


def test_where_only_a_comment_is_missing_only_its_text_is_right() -> None:
    comment = hole("# adds them", prefix="x = 1  ", suffix="\n")
    assert verify(comment, "# adds them")
    assert not verify(comment, "# takes them away")
    assert not verify(comment, "")


def test_nothing_has_the_tree_of_text_that_does_not_parse() -> None:
    broken = hole("left, right", suffix=")\ndef (:\n")
    assert verify(broken, "left, right")
    assert not verify(broken, "left,right")


def test_a_language_without_a_grammar_has_only_exact_answers() -> None:
    other = hole(language="klingon")
    assert verify(other, "left, right")
    assert not verify(other, "left,right")


@pytest.mark.parametrize(
    ("language", "prefix", "middle", "suffix", "same", "other"),
    [
        ("typescript", "const a: number = ", "f(1, 2)", ";\n", "f(1,2)", "f(2,1)"),
        ("typescriptreact", "const a = <b c={", "d + 1", "}>x</b>;\n", "d+1", "d-1"),
        ("javascript", "let a = ", "`x ${ y } z`", ";\n", "`x ${y} z`", "`x ${ y }  z`"),
        ("go", "package a\nfunc f() int {\n\t", "x := 1\n\treturn x", "\n}\n",
         "x := 1\n\n\t// one\n\treturn x", "x := 2\n\treturn x"),
        ("rust", "fn f() -> i32 { ", "g(1, 2)", " }\n", "g(1,2)", "g(1, 2);"),
        ("java", "class A { int f() { return ", "1 + x", "; } }\n", "1+x", "1 - x"),
    ],
)  # fmt: skip
def test_each_language_has_its_grammar(
    language: str, prefix: str, middle: str, suffix: str, same: str, other: str
) -> None:
    each = hole(middle, language=language, prefix=prefix, suffix=suffix)
    assert verify(each, same)
    assert not verify(each, other)


@given(st.text(max_size=30), st.sampled_from(["python", "typescript", "go", "rust", "java", ""]))
def test_any_text_is_judged_and_the_true_one_is_right(text: str, language: str) -> None:
    each = hole(text, language=language)
    assert verify(each, text)
    assert not verify(hole(language=language), text + "\x00")


def test_one_right_candidate_is_enough_and_none_is_not() -> None:
    assert success(hole(), Answer(candidates=("left", "left, right")))
    assert not success(hole(), Answer(candidates=("left", "right")))
    assert not success(hole(), Answer())


def test_how_near_an_answer_comes_is_that_of_its_first_candidate() -> None:
    answer = Answer(candidates=("left, wrong\nand more", "left, right"))
    assert first_token_match(hole(), answer)
    assert kept_characters(hole(), answer) == len("left,")
    assert edit_similarity(hole(), answer) == pytest.approx(1 - 5 / 11)
    assert not first_token_match(hole(), Answer(candidates=("lefty",)))
    assert kept_characters(hole(), Answer()) == 0
    assert edit_similarity(hole(), Answer()) == 0
    assert not first_token_match(hole(), Answer())


def test_text_that_this_python_does_not_take_does_not_compile() -> None:
    assert compiles("def f():\n    return 1\n")
    assert compiles("x = '\\d'\n")
    for text in ("return 1", "f(", "x = 1\x00", "(" * 5000, "'\ud800'"):
        assert not compiles(text)
