"""Rows that hold several examples."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy_trainer.learn.packing import Row, packed, pad, positions
from understudy_trainer.learn.rendering import Rendered

ITEMS = st.lists(
    st.integers(2, 40).flatmap(
        lambda size: st.builds(
            Rendered,
            ids=st.lists(st.integers(0, 9), min_size=size, max_size=size),
            first=st.integers(1, size - 1),
            weight=st.floats(0.1, 2),
        )
    ),
    max_size=20,
)


@given(ITEMS)
def test_every_token_that_counts_counts_once_with_its_own_weight(items: list[Rendered]) -> None:
    wanted = [(each, item.weight) for item in items for each in item.ids[item.first :]]
    found = [
        (row.ids[place + 1], weight)
        for row in packed(items, 50)
        for place, weight in zip(row.counted, row.weights, strict=True)
    ]
    assert found == wanted


@given(ITEMS)
def test_rows_hold_all_examples_whole_and_are_not_longer_than_asked(items: list[Rendered]) -> None:
    rows = list(packed(items, 50))
    assert [length for row in rows for length in row.lengths] == [len(item.ids) for item in items]
    assert all(len(row.ids) <= 50 for row in rows)
    assert [each for row in rows for each in row.ids] == [e for item in items for e in item.ids]


@given(ITEMS, st.floats(0.01, 1))
def test_the_text_around_counts_less_and_middles_are_still_told_apart(
    items: list[Rendered], around: float
) -> None:
    row = Row()
    for item in items:
        row.put(item, around=around)
    wanted = [
        (token, item.weight * (1 if at >= item.first else around))
        for item in items
        for at, token in enumerate(item.ids)
        if at
    ]
    assert [row.ids[place + 1] for place in row.counted] == [token for token, _ in wanted]
    assert row.weights == pytest.approx([weight for _, weight in wanted])
    assert [row.ids[row.counted[at] + 1] for at in row.middles] == [
        token for item in items for token in item.ids[item.first :]
    ]
    assert len(row.owners) == len(row.counted)


def test_what_is_padded_is_a_stretch_of_its_own_and_does_not_count() -> None:
    (row,) = packed([Rendered([1, 2, 3], 1)], 8)
    pad(row, 8)
    assert (row.lengths, row.counted, len(row.ids)) == ([3, 5], [0, 1], 8)


def test_positions_begin_anew_in_each_example_and_go_on_behind_a_prompt() -> None:
    assert positions([3, 2, 2, 1], [None, 0, 0, None]) == [0, 1, 2, 3, 4, 3, 4, 0]
