"""How a linear layer with LoRA runs on a CPU: group by group, on merged weights where they exist.

The functions here stand in for methods of vLLM's `BaseLinearLayerWithLoRA`; `plugin.py` says which.
"""

from functools import partial

import torch
from vllm.lora.layers.base import BaseLayerWithLoRA
from vllm.lora.layers.base_linear import BaseLinearLayerWithLoRA
from vllm.lora.layers.replicated_linear import ReplicatedLinearWithLoRA
from vllm.model_executor.layers.linear import UnquantizedLinearMethod
from vllm.model_executor.layers.utils import cpu_unquantized_gemm, dispatch_cpu_unquantized_gemm

from understudy_vllm.groups import BASE, add_low_rank
from understudy_vllm.merged import Linear, merge
from understudy_vllm.punica import GroupedPunica

_layers: list[BaseLinearLayerWithLoRA] = []


def set_mapping(layer: BaseLinearLayerWithLoRA, punica_wrapper: GroupedPunica) -> None:
    """Give the layer its metadata, and count it among those that may be merged."""
    BaseLayerWithLoRA.set_mapping(layer, punica_wrapper)
    layer.understudy_number = len(_layers)
    _layers.append(layer)
    layer.understudy_mergeable = (
        type(layer.base_layer.quant_method) is UnquantizedLinearMethod
        and not isinstance(layer, ReplicatedLinearWithLoRA)
        and not layer.lora_config.fully_sharded_loras
    )
    if layer.understudy_mergeable:
        punica_wrapper.merged.add_layer(layer, layer.lora_a_stacked[0].itemsize)


def apply(
    layer: BaseLinearLayerWithLoRA, x: torch.Tensor, bias: torch.Tensor | None = None
) -> torch.Tensor:
    """Return the layer's output for x `[..., in]`, each row with the adapter of its token.

    Under torch.compile the layer is one opaque operation, so that the graph does not depend on
    which adapters a batch uses.
    """
    if torch.compiler.is_compiling():
        return torch.ops.vllm.understudy_lora_linear(
            x, bias, layer.understudy_number, sum(layer.output_slices)
        )
    return _apply_groups(layer, x, bias)


def linear_op(
    x: torch.Tensor, bias: torch.Tensor | None, number: int, width: int
) -> torch.Tensor:
    """`apply` by the groups of the batch that runs, opaque to torch.compile."""
    return _apply_groups(_layers[number], x, bias)


def linear_op_shape(
    x: torch.Tensor, bias: torch.Tensor | None, number: int, width: int
) -> torch.Tensor:
    """Return an empty tensor of the shape that `linear_op` gives: `[..., width]`."""
    return x.new_empty((*x.shape[:-1], width))


def _apply_groups(
    layer: BaseLinearLayerWithLoRA, x: torch.Tensor, bias: torch.Tensor | None
) -> torch.Tensor:
    groups = layer.punica_wrapper.token_groups
    if len(groups) == 1:
        return _apply_slot(layer, groups[0].slot, x, bias)
    rows = x.reshape(-1, x.shape[-1])
    output = x.new_zeros(rows.shape[0], sum(layer.output_slices))
    for group in groups:
        output[group.rows] = _apply_slot(layer, group.slot, rows[group.rows], bias)
    return output.view(*x.shape[:-1], -1)


def _apply_slot(
    layer: BaseLinearLayerWithLoRA, slot: int, x: torch.Tensor, bias: torch.Tensor | None
) -> torch.Tensor:
    """Return the output for rows that all use one slot."""
    if slot == BASE:
        return _apply_base(layer, x, bias)
    if layer.understudy_mergeable:
        make = partial(_merged_linear, layer, slot)
        merged = layer.punica_wrapper.merged.linear(layer, slot, make)
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
    return layer.base_layer.quant_method.apply(layer.base_layer, x, bias)


def _merged_linear(layer: BaseLinearLayerWithLoRA, slot: int) -> Linear:
    """Pack merged weights for the kernel that vLLM chose for the base layer's weights."""
    packed = torch.nn.Module()
    packed.weight = torch.nn.Parameter(merge(layer, slot, plain_weight(layer)), requires_grad=False)
    dispatch_cpu_unquantized_gemm(packed, remove_weight=True)
    return lambda x, bias: cpu_unquantized_gemm(packed, x, packed.weight, bias)


def plain_weight(layer: BaseLinearLayerWithLoRA) -> torch.Tensor:
    """Return the base layer's weight `[out, in]`, which vLLM drops once it has packed it.

    Multiplying by the identity gives it back: each output is a single product by one, hence exact.
    """
    identity = torch.eye(layer.input_size, dtype=layer.lora_a_stacked[0].dtype)
    return _apply_base(layer, identity, None).t().contiguous()
