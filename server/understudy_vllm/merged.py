"""Merged copies of linear layers: `W + B @ A`, one copy for each layer and adapter slot.

The time of a small model on a CPU goes with the number of operations more than with their
arithmetic, so that even a LoRA of rank 16 costs more than half as much as the layer it adapts.
A merged copy costs exactly what the layer costs. The price is memory: each adapter in use takes
as many bytes as the linear layers of the model. Copies are therefore made within a budget, for
all layers of an adapter or for none, and an adapter without them keeps its low-rank form.
"""

from collections.abc import Callable
from typing import Protocol

import torch

Linear = Callable[[torch.Tensor, torch.Tensor | None], torch.Tensor]
"""`linear(x, bias)`: x `[..., in]` to `[..., out]`."""

DEFAULT_BUDGET = 256 << 20
"""Bytes: twelve adapters of the embedded model (21 MB each), none of a 0.5 billion model (720 MB).

With larger layers arithmetic outweighs the number of operations, and the low-rank form adds only
`rank * (in + out) / (in * out)` of it (2 % at a width of 1,536), while merging a large model would
stall the engine for seconds each time a slot gets another adapter.
"""


class AdaptedLayer(Protocol):
    """What is needed of a linear layer with LoRA: its adapters, by slot, and its dense form."""

    input_size: int
    output_slices: tuple[int, ...]
    lora_a_stacked: tuple[torch.Tensor, ...]
    lora_b_stacked: tuple[torch.Tensor, ...]


def budget_bytes(setting: str | None, available: int) -> int:
    """Return how many bytes merged copies may take.

    `setting` is the environment's UNDERSTUDY_MERGED_BYTES, which decides if it is set (0: none).
    Otherwise a quarter of the `available` bytes, at most DEFAULT_BUDGET.
    """
    return int(setting) if setting else min(DEFAULT_BUDGET, available // 4)


def merge(layer: AdaptedLayer, slot: int, weight: torch.Tensor) -> torch.Tensor:
    """Return `weight + B @ A` of one slot in the weight's type, summed in float32.

    Shapes: weight `[out, in]`; each slice of A `[slots, 1, rank, in]`, of B `[slots, 1, n, rank]`,
    the slices' n adding up to out. vLLM has multiplied alpha / rank into B when it loaded it.
    """
    merged = weight.to(torch.float32, copy=True)
    start = 0
    for a, b, width in zip(
        layer.lora_a_stacked, layer.lora_b_stacked, layer.output_slices, strict=True
    ):
        merged[start : start + width].addmm_(b[slot, 0].float(), a[slot, 0].float())
        start += width
    return merged.to(weight.dtype)


class MergedWeights:
    """The merged copies of one model, made when first used and dropped when a slot changes."""

    def __init__(self, budget: int) -> None:
        self._budget = budget
        self._bytes_per_slot = 0
        self._copies: dict[int, dict[AdaptedLayer, Linear]] = {}

    def add_layer(self, layer: AdaptedLayer, itemsize: int) -> None:
        """Count a layer of the model; all are added before the first copy is made."""
        self._bytes_per_slot += layer.input_size * sum(layer.output_slices) * itemsize

    @property
    def has_layers(self) -> bool:
        """Whether any layer was added."""
        return self._bytes_per_slot > 0

    def linear(self, layer: AdaptedLayer, slot: int, make: Callable[[], Linear]) -> Linear | None:
        """Return the layer's copy for a slot, making it if it fits the budget, else None."""
        copies = self._copies.get(slot)
        if copies is None:
            if self._bytes_per_slot * (len(self._copies) + 1) > self._budget:
                return None
            copies = self._copies[slot] = {}
        copy = copies.get(layer)
        if copy is None:
            copy = copies[layer] = make()
        return copy

    def drop(self, slot: int) -> None:
        """Forget a slot's copies: another adapter, or none, takes the slot."""
        self._copies.pop(slot, None)
