"""The metadata and the products of LoRA on a CPU, in place of vLLM's `PunicaWrapperCPU`.

vLLM creates one of these for a model and tells it before each step which adapter slot each token
uses. Linear layers that can be merged do not come here (see `linear.py`); what does come here is
embeddings, logits, layers that run a forward pass of their own, and fully sharded layers.
"""

import os
from collections.abc import Iterable
from typing import Any

import torch
from vllm.lora.layers import LoRAMapping
from vllm.lora.punica_wrapper.punica_cpu import PunicaWrapperCPU
from vllm.utils.cpu_resource_utils import get_memory_node_info

from understudy_vllm.groups import ALL_ROWS, BASE, Group, expand, group_rows, shrink
from understudy_vllm.merged import MergedWeights, budget_bytes

_instances: list["GroupedPunica"] = []


class GroupedPunica(PunicaWrapperCPU):
    """Groups the rows of a batch by adapter once a step, and multiplies each group once."""

    def __init__(
        self,
        max_num_batched_tokens: int,
        max_batches: int,
        device: torch.device | str,
        **kwargs: Any,
    ) -> None:
        stock: Any = super()  # whose keyword arguments have no types
        stock.__init__(max_num_batched_tokens, max_batches, device, **kwargs)
        self.token_groups: tuple[Group, ...] = (Group(BASE, ALL_ROWS),)
        self.sampler_groups: tuple[Group, ...] = (Group(BASE, ALL_ROWS),)
        self._in_use: dict[tuple[int, int], bool] = {}
        self._number = len(_instances)
        _instances.append(self)
        self.merged = MergedWeights(
            budget_bytes(
                os.environ.get("UNDERSTUDY_MERGED_BYTES"), get_memory_node_info().available_memory
            )
        )

    def update_metadata(
        self,
        mapping: LoRAMapping,
        lora_index_to_id: list[int | None],
        max_loras: int,
        vocab_size: int,
        **kwargs: Any,
    ) -> None:
        stock: Any = super()
        stock.update_metadata(mapping, lora_index_to_id, max_loras, vocab_size, **kwargs)
        tokens: Any = self.token_lora_indices
        samples: Any = self.sampler_indices
        self.token_groups = group_rows(tokens.tolist())
        self.sampler_groups = group_rows(samples.tolist())

    def forget(self, slot: int) -> None:
        """Drop what is known of a slot's adapter: another, or none, takes its place."""
        self.merged.drop(slot)
        self._in_use.clear()

    def add_shrink(
        self,
        y: tuple[torch.Tensor, ...] | torch.Tensor,
        x: torch.Tensor,
        lora_a_stacked: tuple[torch.Tensor, ...],
        scale: float,
        **kwargs: Any,
    ) -> None:
        rows = x.view(-1, x.shape[-1])
        for index, a in enumerate(lora_a_stacked):
            self._shrink(y[index].view(-1, y[index].shape[-1]), rows, a, scale)

    def add_expand(
        self,
        y: torch.Tensor,
        x: tuple[torch.Tensor, ...] | torch.Tensor,
        lora_b_stacked: tuple[torch.Tensor, ...],
        output_slices: tuple[int, ...],
        offset_start: int = 0,
        add_inputs: bool = True,
        **kwargs: Any,
    ) -> None:
        rows = y.view(-1, y.shape[-1])
        start = offset_start
        for index, (b, width) in enumerate(zip(lora_b_stacked, output_slices, strict=True)):
            self._expand(rows[:, start : start + width], x[index], b, add=add_inputs)
            start += width

    def add_lora_embedding(
        self,
        y: torch.Tensor,
        x: torch.Tensor,
        lora_b_stacked: torch.Tensor,
        add_inputs: bool = True,
        **kwargs: Any,
    ) -> None:
        self._expand(y, x, lora_b_stacked, add=add_inputs)

    def add_lora_logits(
        self,
        y: torch.Tensor,
        x: torch.Tensor,
        lora_a_stacked: torch.Tensor,
        lora_b_stacked: torch.Tensor,
        scale: float,
        *,
        buffer: torch.Tensor | None = None,
        **kwargs: Any,
    ) -> None:
        groups = self._with_adapter(lora_b_stacked, self.sampler_groups)
        if not groups:
            return
        rows = x.view(-1, x.shape[-1])
        if buffer is None:
            buffer = rows.new_zeros(rows.shape[0], lora_b_stacked.shape[-1], dtype=torch.float32)
        shrink(buffer, rows, lora_a_stacked, groups, scale)
        expand(y.view(-1, y.shape[-1]), buffer, lora_b_stacked, groups, add=True)

    def _shrink(self, y: torch.Tensor, x: torch.Tensor, a: torch.Tensor, scale: float) -> None:
        if torch.compiler.is_compiling():
            torch.ops.vllm.understudy_lora_shrink(y, x, a, scale, self._number)
        else:
            shrink(y, x, a, self.token_groups, scale)

    def _expand(self, y: torch.Tensor, x: torch.Tensor, b: torch.Tensor, *, add: bool) -> None:
        if torch.compiler.is_compiling():
            torch.ops.vllm.understudy_lora_expand(y, x, b, add, self._number)
        else:
            self.expand_tokens(y, x, b, add=add)

    def expand_tokens(
        self, y: torch.Tensor, x: torch.Tensor, b: torch.Tensor, *, add: bool
    ) -> None:
        """`expand` by the groups of the tokens of the batch."""
        groups = self._with_adapter(b, self.token_groups) if add else self.token_groups
        expand(y, x, b, groups, add=add)

    def _with_adapter(self, b: torch.Tensor, groups: Iterable[Group]) -> list[Group]:
        """Return the groups to which b adds something.

        vLLM makes room for adapters of the embedding and of the logits in every model, but few
        adapters have them. Zeros are looked for once for each adapter.
        """
        return [group for group in groups if group.slot != BASE and self._uses(b, group.slot)]

    def _uses(self, b: torch.Tensor, slot: int) -> bool:
        if not self.merged.has_layers:
            # Nobody would call `forget`.
            return True
        key = (b.data_ptr(), slot)
        found = self._in_use.get(key)
        if found is None:
            found = self._in_use[key] = bool(b[slot].any())
        return found


def shrink_op(y: torch.Tensor, x: torch.Tensor, a: torch.Tensor, scale: float, number: int) -> None:
    """`shrink` by the groups of the batch that runs, opaque to torch.compile."""
    shrink(y, x, a, _instances[number].token_groups, scale)


def expand_op(y: torch.Tensor, x: torch.Tensor, b: torch.Tensor, add: bool, number: int) -> None:
    """`expand` by the groups of the batch that runs, opaque to torch.compile."""
    _instances[number].expand_tokens(y, x, b, add=add)


def no_output(*_: object) -> None:
    """Both operations return nothing, whatever the shapes."""
