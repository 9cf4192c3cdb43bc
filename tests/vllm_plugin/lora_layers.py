"""Real LoRA layers of vLLM with random weights, for the tests of the plug-in."""

from typing import Any, NamedTuple

import torch

MAX_LORAS = 2
RANK = 8
WIDTH = 64
ADAPTERS = (11, 12)
"""vLLM's numbers of the adapters in slots 0 and 1."""


class LoRALayer(NamedTuple):
    layer: Any
    weight: torch.Tensor
    """What the base layer held before vLLM packed it, `[out, in]`."""
    bias: torch.Tensor | None


def make_punica() -> Any:
    """Metadata for batches of up to 128 tokens."""
    from understudy_vllm.punica import GroupedPunica

    return GroupedPunica(128, 128, "cpu")


def make_layers(punica: Any, dtype: torch.dtype = torch.bfloat16) -> dict[str, LoRALayer]:
    """One layer of each kind: qkv, o, gate_up, down, and one with a bias."""
    from vllm.config.lora import LoRAConfig
    from vllm.lora.layers import (
        ColumnParallelLinearWithLoRA,
        MergedColumnParallelLinearWithLoRA,
        MergedQKVParallelLinearWithLoRA,
        RowParallelLinearWithLoRA,
    )
    from vllm.model_executor.layers.linear import (
        ColumnParallelLinear,
        MergedColumnParallelLinear,
        QKVParallelLinear,
        RowParallelLinear,
    )

    plain: dict[str, Any] = {"params_dtype": dtype, "bias": False}
    bases = {
        "qkv": (QKVParallelLinear(WIDTH, 16, 4, 2, **plain), MergedQKVParallelLinearWithLoRA),
        "o": (RowParallelLinear(WIDTH, WIDTH, **plain), RowParallelLinearWithLoRA),
        "gate_up": (
            MergedColumnParallelLinear(WIDTH, [96, 96], **plain),
            MergedColumnParallelLinearWithLoRA,
        ),
        "down": (RowParallelLinear(96, WIDTH, **plain), RowParallelLinearWithLoRA),
        "biased": (
            ColumnParallelLinear(WIDTH, 48, params_dtype=dtype, bias=True),
            ColumnParallelLinearWithLoRA,
        ),
    }
    config = LoRAConfig(max_lora_rank=RANK, max_loras=MAX_LORAS, lora_dtype=dtype)
    generator = torch.Generator().manual_seed(0)
    made: dict[str, LoRALayer] = {}
    for name, (base, kind) in bases.items():
        weight = torch.randn(base.weight.shape, generator=generator) / WIDTH**0.5
        base.weight.data.copy_(weight)
        bias = None
        if base.bias is not None:
            base.bias.data.copy_(torch.randn(base.bias.shape, generator=generator))
            bias = base.bias.detach().float().clone()
        kept = base.weight.detach().clone()
        base.quant_method.process_weights_after_loading(base)
        layer = kind(base)
        layer.create_lora_weights(MAX_LORAS, config)
        layer.set_mapping(punica)
        made[name] = LoRALayer(layer, kept, bias)
    return made


def set_adapter(layer: Any, slot: int, seed: int) -> torch.Tensor:
    """Load a random adapter into a slot; return what it adds to the weight, `[out, in]`."""
    generator = torch.Generator().manual_seed(seed)
    dtype = layer.lora_a_stacked[0].dtype

    def draw(rows: int, columns: int) -> torch.Tensor:
        return (torch.randn(rows, columns, generator=generator) / 6).to(dtype)

    # A lower rank than the slots have room for, as an adapter may well have.
    a = [draw(RANK - 2, layer.input_size) for _ in layer.output_slices]
    b = [draw(width, RANK - 2) for width in layer.output_slices]
    if layer.n_slices == 1:
        layer.set_lora(slot, a[0], b[0])
    else:
        layer.set_lora(slot, a, b)
    return torch.cat([y.float() @ x.float() for x, y in zip(a, b, strict=True)])


def use(punica: Any, slots: list[int]) -> None:
    """Tell the metadata which slot each token uses, as vLLM does before a step; -1 is none."""
    from vllm.lora.layers import LoRAMapping

    numbers = tuple(0 if slot < 0 else ADAPTERS[slot] for slot in slots)
    punica.update_metadata(
        LoRAMapping(numbers, numbers, is_prefill=True), list(ADAPTERS), MAX_LORAS + 1, 1000
    )
