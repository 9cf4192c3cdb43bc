"""Which keys type a text."""

from hypothesis import given
from hypothesis import strategies as st

from understudy_typist.keys import keys_of


@given(st.text(alphabet="a (\n\t"))
def test_keys_put_together_are_the_text(text: str) -> None:
    assert "".join(keys_of(text)) == text


def test_enter_brings_the_indentation_of_its_line() -> None:
    assert list(keys_of("\n    a\n\nb")) == ["\n    ", "a", "\n", "\n", "b"]
