import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy_trainer.curriculum.calls import calls_in, rewritten_calls


@pytest.mark.parametrize(
    ("line", "calls"),
    [
        ("x = f(a, g(b))", ["f(a, g(b))", "g(b)"]),
        ('print(")", x[1])', ['print(")", x[1])']),
        (r'f("a\")")', [r'f("a\")")']),
        ("a.b.c(1).d(2)", ["a.b.c(1)"]),
        ("f(open", []),
        ("if (a):", []),
    ],
)
def test_calls_that_end_in_their_line(line: str, calls: list[str]) -> None:
    assert [line[start:end] for start, end in calls_in(line)] == calls


def test_a_call_that_was_written_in_another_way_is_found() -> None:
    before = "import x\ny = x.load(path, True)\nz = 1\n"
    after = "import x\ny = x.load(path, strict=True)\nz = 1\n"
    (call,) = rewritten_calls(before, after)
    assert call.old == "x.load(path, True)"
    assert after[call.start : call.end] == "x.load(path, strict=True)"


def test_another_call_in_its_place_is_none() -> None:
    assert list(rewritten_calls("x = load(path)\n", "x = SomethingElse()\n")) == []


def test_the_same_call_in_a_line_that_changed_is_none() -> None:
    assert list(rewritten_calls("x = load(path)\n", "y = load(path)\n")) == []


def test_a_new_line_is_none() -> None:
    assert list(rewritten_calls("a = 1\n", "a = 1\nb = load(path)\n")) == []


@given(st.text("af(.)\"'\\ \n"), st.text("af(.)\"'\\ \n"))
def test_what_is_found_is_a_call_of_the_text_after(before: str, after: str) -> None:
    for call in rewritten_calls(before, after):
        found = after[call.start : call.end]
        assert found.endswith(")")
        assert "\n" not in found
        assert call.old in before
        assert call.old != found
