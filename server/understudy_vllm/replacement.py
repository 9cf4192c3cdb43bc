"""Puts the plug-in's functions in the place of vLLM's; `plugin.py` lists them and says why."""

from typing import Any

import vllm.utils.torch_utils
from vllm.config import CompilationMode, VllmConfig
from vllm.lora.layers.base_linear import BaseLinearLayerWithLoRA
from vllm.platforms.cpu import CpuPlatform

from understudy_vllm import linear, punica

_stock_check_and_update_config = CpuPlatform.check_and_update_config.__func__


def install() -> None:
    """Replace the functions in this process. To be called once."""
    torch_utils: Any = vllm.utils.torch_utils
    register_op = torch_utils.direct_register_custom_op
    register_op("understudy_lora_linear", linear.linear_op, fake_impl=linear.linear_op_shape)
    register_op("understudy_lora_shrink", punica.shrink_op, ["y"], punica.no_output)
    register_op("understudy_lora_expand", punica.expand_op, ["y"], punica.no_output)

    layer: Any = BaseLinearLayerWithLoRA
    layer._apply_sync = linear.apply
    layer.set_mapping = linear.set_mapping
    layer.reset_lora = linear.reset_lora

    platform: Any = CpuPlatform
    platform.check_and_update_config = classmethod(check_and_update_config)
    platform.get_punica_wrapper = classmethod(get_punica_wrapper)


def check_and_update_config(cls: type[CpuPlatform], vllm_config: VllmConfig) -> None:
    """Do what vLLM does for a CPU, but leave torch.compile as it was asked for."""
    compiled = vllm_config.compilation_config.mode == CompilationMode.VLLM_COMPILE
    _stock_check_and_update_config(cls, vllm_config)
    if compiled:
        vllm_config.compilation_config.mode = CompilationMode.DYNAMO_TRACE_ONCE


def get_punica_wrapper(cls: type[CpuPlatform]) -> str:
    """Return the name by which vLLM finds the class that holds LoRA's metadata."""
    return f"{punica.GroupedPunica.__module__}.{punica.GroupedPunica.__qualname__}"
