"""Many lessons, found by the names that are near."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lessons_learned import lesson

from understudy_protocol.lesson import Lesson, Rate, Scope
from understudy_protocol.lesson_choice import holds
from understudy_protocol.lesson_index import index_of, near, worth
from understudy_protocol.spot import Spot

names = st.sampled_from(["a", "b", "a.b", "b.a", "c::a", "c", "$d", ""])
scopes = st.builds(
    Scope,
    language=st.sampled_from(["python", "typescript"]),
    callee=names,
    names=st.lists(names, max_size=3).map(tuple),
    path=st.sampled_from(["", "src"]),
)
spots = st.builds(
    Spot,
    path=st.sampled_from(["src/a.py", "a.py"]),
    language=st.sampled_from(["python", "typescriptreact", "go"]),
    callee=names,
    names=st.frozensets(names),
)


@given(scopes=st.lists(scopes, max_size=8), spot=spots)
def test_no_lesson_that_holds_is_missed(scopes: list[Scope], spot: Spot) -> None:
    known = [lesson(f"name_{number}", scope=scope) for number, scope in enumerate(scopes)]
    found = list(near(index_of(known), spot))
    assert [each for each in found if holds(each.scope, spot)] == sorted(
        (each for each in known if holds(each.scope, spot)), key=worth
    )
    assert len(found) == len(set(found))


def test_the_order_in_which_they_come_says_nothing() -> None:
    known = [lesson(f"name_{number}", informed=Rate(number, 16)) for number in range(16)]
    index = index_of(known)
    assert index.lessons[0].informed == Rate(15, 16)
    for seed in range(5):
        random.Random(seed).shuffle(known)
        assert index_of(known) == index


@pytest.mark.parametrize("known", [[], [lesson(scope=Scope("go", callee="get"))]])
def test_of_another_language_nothing_is_near(known: list[Lesson]) -> None:
    spot = Spot("a.py", "python", "get", frozenset({"get"}))
    assert list(near(index_of(known), spot)) == []
