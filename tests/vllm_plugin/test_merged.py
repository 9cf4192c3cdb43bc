"""Merged copies: what they hold, how many there are, and when they go."""

from dataclasses import dataclass

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import linear

from understudy_vllm.merged import DEFAULT_BUDGET, MergedWeights, budget_bytes, merge

GIBIBYTE = 1 << 30


@dataclass(eq=False)
class Layer:
    """A layer of two slices with two slots."""

    input_size: int
    output_slices: tuple[int, ...]
    lora_a_stacked: tuple[torch.Tensor, ...]
    lora_b_stacked: tuple[torch.Tensor, ...]


def make_layer(
    seed: int = 0, slices: tuple[int, ...] = (6, 3), dtype: torch.dtype = torch.float32
) -> Layer:
    generator = torch.Generator().manual_seed(seed)

    def draw(*shape: int) -> torch.Tensor:
        return (torch.randn(*shape, generator=generator) / 4).to(dtype)

    return Layer(
        8, slices, tuple(draw(2, 1, 4, 8) for _ in slices), tuple(draw(2, 1, n, 4) for n in slices)
    )


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 2**32), st.lists(st.integers(1, 9), min_size=1, max_size=4))
def test_a_merged_layer_gives_what_the_layer_and_its_adapter_give(
    seed: int, slices: list[int]
) -> None:
    layer = make_layer(seed, tuple(slices), torch.bfloat16)
    generator = torch.Generator().manual_seed(seed)
    weight = (torch.randn(sum(slices), 8, generator=generator) / 3).bfloat16()
    x = torch.randn(5, 8, generator=generator).bfloat16()

    low_rank = [
        linear(linear(x.float(), a[1, 0].float()), b[1, 0].float())
        for a, b in zip(layer.lora_a_stacked, layer.lora_b_stacked, strict=True)
    ]
    expected = linear(x.float(), weight.float()) + torch.cat(low_rank, dim=1)

    merged = merge(layer, 1, weight)
    assert merged.dtype == torch.bfloat16
    torch.testing.assert_close(linear(x.float(), merged.float()), expected, rtol=2**-7, atol=2**-5)


def test_merging_leaves_the_base_weight_as_it_was() -> None:
    layer = make_layer()
    weight = torch.ones(9, 8)
    merge(layer, 0, weight)
    assert torch.equal(weight, torch.ones(9, 8))


def test_a_copy_is_made_once_for_each_slot_and_again_after_the_slot_changes() -> None:
    layer, made = make_layer(), []

    def make() -> torch.nn.Linear:
        made.append(None)
        return torch.nn.Linear(1, 1)

    merged = MergedWeights(GIBIBYTE)
    merged.add_layer(layer, 4)
    first = merged.linear(layer, 0, make)
    assert merged.linear(layer, 0, make) is first
    assert merged.linear(layer, 1, make) is not first
    merged.drop(0)
    assert merged.linear(layer, 0, make) is not first
    assert len(made) == 3


def test_all_layers_of_an_adapter_have_copies_or_none_and_a_dropped_slot_makes_room() -> None:
    layers = [make_layer(seed) for seed in range(2)]
    one_slot = 2 * 8 * 9 * 4
    merged = MergedWeights(2 * one_slot - 1)
    for layer in layers:
        merged.add_layer(layer, 4)

    def has_copies(slot: int) -> list[bool]:
        found = [merged.linear(layer, slot, lambda: torch.nn.Linear(1, 1)) for layer in layers]
        return [copy is not None for copy in found]

    assert has_copies(0) == [True, True]
    assert has_copies(1) == [False, False]
    merged.drop(0)
    assert has_copies(1) == [True, True]


def test_a_budget_of_nothing_turns_merging_off() -> None:
    layer = make_layer()
    merged = MergedWeights(0)
    merged.add_layer(layer, 4)
    assert merged.linear(layer, 0, lambda: torch.nn.Linear(1, 1)) is None


@pytest.mark.parametrize(
    ("setting", "available", "expected"),
    [
        (None, 100 * GIBIBYTE, DEFAULT_BUDGET),
        (None, 400, 100),
        ("", 400, 100),
        ("0", 100 * GIBIBYTE, 0),
        ("5000", 400, 5000),
    ],
)
def test_the_setting_decides_the_budget_and_else_the_memory_that_is_free(
    setting: str | None, available: int, expected: int
) -> None:
    assert budget_bytes(setting, available) == expected
