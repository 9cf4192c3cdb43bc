"""What the plug-in takes for granted about vLLM's internals, and whether it holds.

Checked before anything is replaced: a vLLM that differs keeps its own LoRA. The table holds for
vLLM 0.32.0; a later version in which the same names, parameters and calls are found will do.
"""

import importlib
import inspect
from collections.abc import Iterable
from operator import attrgetter
from typing import NamedTuple


class Expected(NamedTuple):
    """A function of vLLM, its parameters, and the names that its body must use."""

    module: str
    function: str
    parameters: tuple[str, ...]
    uses: tuple[str, ...] = ()


_BASE = "vllm.lora.layers.base_linear"
_COLUMN = "vllm.lora.layers.column_parallel_linear"
_CPU = "vllm.platforms.cpu"
_PUNICA = "vllm.lora.punica_wrapper.punica_cpu"
_GEMM = "vllm.model_executor.layers.utils"
_SET_LORA = ("self", "index", "lora_a", "lora_b")

VLLM_0_32 = (
    Expected(_CPU, "CpuPlatform.get_punica_wrapper", ()),
    Expected(_CPU, "CpuPlatform.check_and_update_config", ("vllm_config",)),
    # Every way through a layer that is not fully sharded or a subclass's own ends in _apply_sync.
    Expected(_BASE, "BaseLinearLayerWithLoRA.apply", ("self", "x", "bias"), ("_apply_sync",)),
    Expected(
        _BASE,
        "BaseLinearLayerWithLoRA._apply_sync",
        ("self", "x", "bias"),
        ("_get_quant_method", "apply", "base_layer", "_apply_lora_to_output"),
    ),
    Expected(_BASE, "BaseLinearLayerWithLoRA.set_mapping", ("self", "punica_wrapper")),
    # A slot never gets another adapter without a reset first.
    Expected(_BASE, "BaseLinearLayerWithLoRA.reset_lora", ("self", "index")),
    Expected(_BASE, "BaseLinearLayerWithLoRA.set_lora", _SET_LORA, ("reset_lora",)),
    Expected(_COLUMN, "MergedColumnParallelLinearWithLoRA.set_lora", _SET_LORA, ("reset_lora",)),
    Expected(
        _PUNICA,
        "PunicaWrapperCPU.update_metadata",
        ("self", "mapping", "lora_index_to_id", "max_loras", "vocab_size", "kwargs"),
    ),
    Expected(
        _PUNICA,
        "PunicaWrapperCPU.add_shrink",
        ("self", "y", "x", "lora_a_stacked", "scale", "kwargs"),
    ),
    Expected(
        _PUNICA,
        "PunicaWrapperCPU.add_expand",
        (
            *("self", "y", "x", "lora_b_stacked", "output_slices"),
            *("offset_start", "add_inputs", "kwargs"),
        ),
    ),
    Expected(
        _PUNICA,
        "PunicaWrapperCPU.add_lora_embedding",
        ("self", "y", "x", "lora_b_stacked", "add_inputs", "kwargs"),
    ),
    Expected(
        _PUNICA,
        "PunicaWrapperCPU.add_lora_logits",
        ("self", "y", "x", "lora_a_stacked", "lora_b_stacked", "scale", "buffer", "kwargs"),
    ),
    # LoRA on linear layers of their own forward pass goes through add_shrink and add_expand.
    Expected(
        _PUNICA,
        "PunicaWrapperCPU.add_lora_linear",
        (
            *("self", "y", "x", "lora_a_stacked", "lora_b_stacked"),
            *("scale", "output_slices", "buffer", "kwargs"),
        ),
        ("add_shrink", "add_expand"),
    ),
    Expected(_GEMM, "dispatch_cpu_unquantized_gemm", ("layer", "remove_weight"), ("cpu_linear",)),
    Expected(_GEMM, "cpu_unquantized_gemm", ("layer", "x", "weight", "bias"), ("cpu_linear",)),
)


def difference(expected: Iterable[Expected] = VLLM_0_32) -> str | None:
    """Return the first thing that is not as expected, in words, or None."""
    for entry in expected:
        where = f"{entry.module}.{entry.function}"
        try:
            function = attrgetter(entry.function)(importlib.import_module(entry.module))
        except (ImportError, AttributeError):
            return f"{where} is missing"
        if tuple(inspect.signature(function).parameters) != entry.parameters:
            return f"{where} has other parameters"
        if not set(entry.uses) <= set(inspect.unwrap(function).__code__.co_names):
            return f"{where} works differently"
    return None
