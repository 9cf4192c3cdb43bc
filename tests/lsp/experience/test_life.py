"""The table of a suggestion's life, and what it counts."""

import pytest
from edited_document import CLICK, FILE, completion_id
from hypothesis import given
from hypothesis import strategies as st

from understudy_lsp.experience import tracker
from understudy_lsp.experience.life import (
    OUTCOMES,
    TABLE,
    TRANSITIONS,
    Input,
    Life,
    State,
    index_of,
    next_state,
    units,
)
from understudy_lsp.suggestion import Suggestion

GONE_UNSEEN = {State.WAITING, State.MISSED}


def a_life(text: str) -> Life:
    suggestion = Suggestion(completion=completion_id(1), uri=FILE, offset=0, text=text)
    return Life(suggestion=suggestion, repository=CLICK, document="", start=0, text=text)


def test_the_table_has_a_place_for_every_input_in_every_state_that_is_no_outcome() -> None:
    open_states = set(State) - OUTCOMES
    assert set(TRANSITIONS) == {(state, input_) for state in open_states for input_ in Input}
    assert TABLE in (tracker.__doc__ or "")


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("input_", list(Input))
def test_every_state_takes_every_input(state: State, input_: Input) -> None:
    after = next_state(state, input_)
    if state in OUTCOMES:
        assert after is state
    if input_ is Input.CLOSED:
        assert after in OUTCOMES
    if after is State.DISCARDED:
        assert state in {*GONE_UNSEEN, State.DISCARDED}
    if after is State.IGNORED:
        assert state not in GONE_UNSEEN


@given(st.lists(st.sampled_from(list(Input)), max_size=12))
def test_a_life_ends_in_one_outcome_whatever_comes(inputs: list[Input]) -> None:
    state, outcomes = State.WAITING, set[State]()
    for input_ in [*inputs, Input.CLOSED]:
        state = next_state(state, input_)
        outcomes |= {state} & OUTCOMES
    assert outcomes == {state}


@given(st.text(), st.integers(0, 40))
def test_an_index_stands_where_so_many_units_end(text: str, length: int) -> None:
    index = index_of(text, length)
    assert units(text[:index]) <= length
    assert index == len(text) or units(text[: index + 1]) > length


def test_a_surrogate_without_its_other_half_is_one_unit() -> None:
    assert units("a\ud83d") == 2


@given(st.text(min_size=1), st.lists(st.tuples(st.booleans(), st.integers(0, 12)), max_size=20))
def test_what_was_taken_never_shrinks_and_is_never_more_than_the_text(
    text: str, steps: list[tuple[bool, int]]
) -> None:
    life = a_life(text)
    last = 0
    for taken, index in steps:
        index = min(index, len(text))
        life.reach(index, by_hand=not taken)
        if taken:
            life.take(index)
        assert last <= life.length <= units(text)
        last = life.told = life.length
