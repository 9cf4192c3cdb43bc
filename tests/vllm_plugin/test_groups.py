"""Grouped products against a loop over tokens."""

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from understudy_vllm.groups import (
    ALL_ROWS,
    BASE,
    Group,
    add_low_rank,
    expand,
    group_rows,
    shrink,
)

SLOTS = 3
batches = st.lists(st.integers(BASE, SLOTS - 1), min_size=1, max_size=40)


def rows_of(group: Group, count: int) -> list[int]:
    return torch.arange(count)[group.rows].tolist()


@given(batches)
def test_every_row_is_in_exactly_one_group_and_the_group_has_its_slot(slots: list[int]) -> None:
    groups = group_rows(slots)
    placed = {row: group.slot for group in groups for row in rows_of(group, len(slots))}
    assert [placed[row] for row in range(len(slots))] == slots
    assert sum(len(rows_of(group, len(slots))) for group in groups) == len(slots)
    assert len(groups) == len(set(slots))


def test_a_batch_of_one_slot_is_one_group_of_all_rows() -> None:
    assert group_rows([2, 2, 2]) == (Group(2, ALL_ROWS),)


def test_neighbouring_rows_are_a_slice_and_so_cost_no_copy() -> None:
    assert group_rows([1, 1, BASE, BASE]) == (Group(1, slice(0, 2)), Group(BASE, slice(2, 4)))


@settings(deadline=None, max_examples=50)
@given(batches, st.integers(0, 2**32), st.booleans())
def test_shrink_and_expand_agree_with_a_loop_over_tokens(
    slots: list[int], seed: int, has_layer_axis: bool
) -> None:
    generator = torch.Generator().manual_seed(seed)
    a = torch.randn(SLOTS, 4, 12, generator=generator)
    b = torch.randn(SLOTS, 7, 4, generator=generator)
    x = torch.randn(len(slots), 12, generator=generator)
    y = torch.randn(len(slots), 7, generator=generator)
    expected = torch.stack(
        [
            row if slot == BASE else row + b[slot] @ (0.5 * (a[slot] @ token))
            for row, token, slot in zip(y, x, slots, strict=True)
        ]
    )

    if has_layer_axis:
        a, b = a.unsqueeze(1), b.unsqueeze(1)
    groups = group_rows(slots)
    buffer = torch.zeros(len(slots), 4)
    shrink(buffer, x, a, groups, 0.5)
    before = y.clone()
    expand(y, buffer, b, groups, add=True)

    torch.testing.assert_close(y, expected)
    without = [row for row, slot in enumerate(slots) if slot == BASE]
    assert torch.equal(y[without], before[without])


def test_expand_without_adding_overwrites_only_rows_that_use_an_adapter() -> None:
    b = torch.ones(1, 1, 3, 2)
    y = torch.full((2, 3), 9.0)
    expand(y, torch.ones(2, 2), b, group_rows([BASE, 0]), add=False)
    assert y.tolist() == [[9.0, 9.0, 9.0], [2.0, 2.0, 2.0]]


def test_expand_writes_the_columns_that_the_output_has_when_the_adapter_is_padded() -> None:
    y = torch.zeros(1, 2)
    expand(y, torch.ones(1, 2), torch.ones(1, 1, 3, 2), group_rows([0]), add=True)
    assert y.tolist() == [[2.0, 2.0]]


def test_the_low_rank_product_of_a_slot_lands_in_the_columns_of_its_slice() -> None:
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(5, 6, generator=generator)
    a_slices = [torch.randn(2, 1, 3, 6, generator=generator) for _ in range(2)]
    b_slices = [torch.randn(2, 1, width, 3, generator=generator) for width in (4, 2)]
    y = torch.zeros(5, 6)
    add_low_rank(y, x, a_slices, b_slices, (4, 2), 1)
    expected = [x @ a[1, 0].T @ b[1, 0].T for a, b in zip(a_slices, b_slices, strict=True)]
    torch.testing.assert_close(y, torch.cat(expected, dim=1))
