"""What is known of a place before anything is written there."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy_protocol.spot import ABOVE, BELOW, Spot, spot_of


@pytest.mark.parametrize(
    ("before", "callee"),
    [
        ("x = requests.get(", "requests.get"),
        ("x = requests.get(url, ", "requests.get"),
        ("x = self.get(url, [a, (b, c)], ", "get"),
        ("x = outer(inner(a), ", "outer"),
        ("x = outer(inner(", "inner"),
        ("x = get(url, headers={", "get"),
        ("x = get(')', ", "get"),
        ("x = get()", ""),
        ("x = a[", ""),
        ("", ""),
        ("def get(", ""),
        ("x = crate::http::get(", "crate.http.get"),
        ("get(a); b", ""),
        ("items.map((each) => {\n  ", ""),
        ("x = first(a).then(", "then"),
    ],
)
def test_the_call_that_it_is_in(before: str, callee: str) -> None:
    assert spot(before).callee == callee


def test_names_around_it_are_near_but_not_what_is_to_be_written() -> None:
    found = spot("above = 1\nx = ", "\nbelow = 2\n")
    assert found.names == {"above", "x", "below"}


def test_what_is_far_away_is_not_near() -> None:
    assert "far" not in spot("far\n" + "# -\n" * 300).names


def test_a_word_counts_once_it_is_finished() -> None:
    assert "load" not in spot("x = load").names
    assert "load" in spot("x = load(").names
    assert "load" in spot("x = load ").names
    assert spot("x = lo", "ad(y)").names == {"x", "y"}
    assert spot("x = ", "load").names == {"x", "load"}


def test_while_a_line_is_typed_only_its_own_finished_words_come_in() -> None:
    above = "".join(f"name_{number} = other_{number}\n" for number in range(100))
    line = "    answer = requests.get(url, timeout=3)"
    seen = [spot(above + line[:length], "\nafter = 1\n").names for length in range(len(line) + 1)]
    typed = ("answer", "requests", "get", "url", "timeout")
    added = [later - before for before, later in pairwise(seen)]
    assert [name for names in added for name in names] == list(typed)
    assert all(before <= later for before, later in pairwise(seen))


def test_a_literal_that_the_window_cuts_does_not_turn_code_into_text() -> None:
    above = "it = 'a long text'\n" * 100
    for shorter in range(30):
        assert spot(above[shorter:] + "x = get('a', ").callee == "get"


@given(
    prefix=st.text(alphabet="ab(){}[];'\"\\\n.:?= ", max_size=80),
    suffix=st.text(alphabet="ab(\n ", max_size=20),
    more=st.text(alphabet="ab_1", min_size=1, max_size=8),
)
def test_a_word_being_typed_changes_nothing(prefix: str, suffix: str, more: str) -> None:
    begun = prefix + "a"
    assert spot(begun + more, suffix) == spot(begun, suffix)


@given(prefix=st.text(max_size=2 * ABOVE), suffix=st.text(max_size=2 * BELOW))
def test_any_text_has_a_spot(prefix: str, suffix: str) -> None:
    found = spot(prefix, suffix)
    assert found == spot(prefix, suffix)
    assert all(name in prefix + suffix for name in found.names)


def spot(prefix: str, suffix: str = "") -> Spot:
    return spot_of(prefix, suffix, path="src/mix.py", language="python")
