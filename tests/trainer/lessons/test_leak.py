"""Whether a lesson says the answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy_trainer.lessons.leak import MOST_WORDS, leaks

WORDS = st.text("abc", min_size=1, max_size=3)


@pytest.mark.parametrize(
    ("text", "truth", "leaked"),
    [
        ("Calls of `get` here pass `timeout=`.", "url, timeout=5", False),
        ("Calls of `get` here pass `timeout=`.", "timeout=5", False),
        ("Calls of `get` here pass `timeout=`.", "timeout", True),
        ("Calls of `f` here pass `mode=fast`, not `mode=slow`.", "mode=fast", True),
        ("Calls of `f` here pass `mode=fast`, not `mode=slow`.", "path, mode=fast, depth=3", False),
        ("Calls of `copy` here pass `source` before `target`.", "source, target", True),
        ("Here `a.b` is used, not `a.c`.", "a.b", True),
        ("Here `numpy.float32` is the type, not `float`.", "x: numpy.float32", True),
        ("Calls of `f` here pass 2 arguments.", "left, right", False),
        ("Here `!=` is used.", " != ", True),
        ("Here `==` is used.", "!=", False),
    ],
)
def test_how_much_may_be_said(text: str, truth: str, leaked: bool) -> None:
    assert leaks(text, truth) is leaked


@given(st.lists(WORDS, max_size=8), st.lists(WORDS, min_size=1, max_size=8))
def test_whoever_says_all_of_it_leaks(around: list[str], truth: list[str]) -> None:
    assert leaks(" ".join((*around, *truth, *around)), ".".join(truth))


@given(st.lists(st.integers(), min_size=20, max_size=60, unique=True))
def test_a_long_answer_is_not_quoted_either(numbers: list[int]) -> None:
    truth = [f"word_{abs(number)}_{number < 0}" for number in numbers]
    assert not leaks(" ".join(truth[:MOST_WORDS]), ", ".join(truth))
    assert leaks(" ".join(truth[: MOST_WORDS + 1]), ", ".join(truth))


def test_one_word_of_a_long_name_is_not_the_name() -> None:
    assert not leaks("Calls of `get` here pass `time=`.", "timeout")
