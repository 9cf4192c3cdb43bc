"""How a linear layer with LoRA runs on a CPU: group by group, on merged weights where they exist.

The functions here stand in for methods of vLLM's `BaseLinearLayerWithLoRA`; `plugin.py` says which.
"""

from functools import partial
from typing import Any, NamedTuple

import torch
from vllm.lora.layers.base import BaseLayerWithLoRA
from vllm.lora.layers.base_linear import BaseLinearLayerWithLoRA
from vllm.lora.layers.replicated_linear import ReplicatedLinearWithLoRA
from vllm.model_executor.layers.linear import UnquantizedLinearMethod
from vllm.model_executor.layers.utils import cpu_unquantized_gemm, dispatch_cpu_unquantized_gemm

from understudy_vllm.groups import BASE, add_low_rank
from understudy_vllm.merged import Linear, merge
from understudy_vllm.punica import GroupedPunica

_stock_reset_lora = BaseLinearLayerWithLoRA.reset_lora

_NUMBER = "_understudy_number"


class _Adapted(NamedTuple):
    layer: BaseLinearLayerWithLoRA
    punica: GroupedPunica
    mergeable: bool


_adapted: list[_Adapted] = []


def set_mapping(layer: BaseLinearLayerWithLoRA, punica_wrapper: GroupedPunica) -> None:
    """Give the layer its metadata, and count it among those that may be merged."""
    stock: Any = BaseLayerWithLoRA
    stock.set_mapping(layer, punica_wrapper)
    mergeable = (
        type(layer.base_layer.quant_method) is UnquantizedLinearMethod
        and not isinstance(layer, ReplicatedLinearWithLoRA)
        and not layer.lora_config.fully_sharded_loras
    )
    if mergeable:
        punica_wrapper.merged.add_layer(layer, layer.lora_a_stacked[0].itemsize)
    setattr(layer, _NUMBER, len(_adapted))
    _adapted.append(_Adapted(layer, punica_wrapper, mergeable))


def reset_lora(layer: BaseLinearLayerWithLoRA, index: int) -> None:
    """Drop what is kept for a slot, then clear its matrices."""
    _adapted[_number(layer)].punica.forget(index)
    _stock_reset_lora(layer, index)


def apply(
    layer: BaseLinearLayerWithLoRA, x: torch.Tensor, bias: torch.Tensor | None = None
) -> torch.Tensor:
    """Return the layer's output for x `[..., in]`, each row with the adapter of its token.

    Under torch.compile the layer is one opaque operation, so that the graph does not depend on
    which adapters a batch uses.
    """
    number = _number(layer)
    if torch.compiler.is_compiling():
        return torch.ops.vllm.understudy_lora_linear(x, bias, number, sum(layer.output_slices))
    return _apply_groups(_adapted[number], x, bias)


def linear_op(x: torch.Tensor, bias: torch.Tensor | None, number: int, width: int) -> torch.Tensor:
    """`apply` by the groups of the batch that runs, opaque to torch.compile."""
    return _apply_groups(_adapted[number], x, bias)


def linear_op_shape(
    x: torch.Tensor, bias: torch.Tensor | None, number: int, width: int
) -> torch.Tensor:
    """Return an empty tensor of the shape that `linear_op` gives: `[..., width]`."""
    return x.new_empty((*x.shape[:-1], width))


def _number(layer: BaseLinearLayerWithLoRA) -> int:
    # A plain attribute, because the tracer follows it to a constant of the graph.
    return getattr(layer, _NUMBER)


def _apply_groups(adapted: _Adapted, x: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
    groups = adapted.punica.token_groups
    if len(groups) == 1:
        return _apply_slot(adapted, groups[0].slot, x, bias)
    rows = x.reshape(-1, x.shape[-1])
    output = x.new_zeros(rows.shape[0], sum(adapted.layer.output_slices))
    for slot, where in groups:
        output[where] = _apply_slot(adapted, slot, rows[where], bias)
    return output.view(*x.shape[:-1], -1)


def _apply_slot(
    adapted: _Adapted, slot: int, x: torch.Tensor, bias: torch.Tensor | None
) -> torch.Tensor:
    """Return the output for rows that all use one slot."""
    layer = adapted.layer
    if slot == BASE:
        return _apply_base(layer, x, bias)
    if adapted.mergeable:
        merged = adapted.punica.merged.linear(layer, slot, partial(_merged_linear, layer, slot))
        if merged is not None:
            return merged(x, bias)
    output = _apply_base(layer, x, bias)
    add_low_rank(
        output.view(-1, output.shape[-1]),
        x.reshape(-1, x.shape[-1]),
        layer.lora_a_stacked,
        layer.lora_b_stacked,
        layer.output_slices,
        slot,
    )
    return output


def _apply_base(
    layer: BaseLinearLayerWithLoRA, x: torch.Tensor, bias: torch.Tensor | None
) -> torch.Tensor:
    method: Any = layer.base_layer.quant_method
    return method.apply(layer.base_layer, x, bias)


def _merged_linear(layer: BaseLinearLayerWithLoRA, slot: int) -> Linear:
    """Pack merged weights for the kernel that vLLM chose for the base layer's weights."""
    packed: Any = torch.nn.Module()
    packed.weight = torch.nn.Parameter(merge(layer, slot, plain_weight(layer)), requires_grad=False)
    dispatch_cpu_unquantized_gemm(packed, remove_weight=True)

    def run(x: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
        gemm: Any = cpu_unquantized_gemm
        return gemm(packed, x, packed.weight, bias)

    return run


def plain_weight(layer: BaseLinearLayerWithLoRA) -> torch.Tensor:
    """Return the base layer's weight `[out, in]`, which vLLM drops once it has packed it.

    Multiplying by the identity gives it back: each output is a single product by one, hence exact.
    """
    identity = torch.eye(layer.input_size, dtype=layer.lora_a_stacked[0].dtype)
    return _apply_base(layer, identity, None).t().contiguous()
