"""Puts the plug-in's functions in the place of vLLM's; `plugin.py` lists them and says why."""

from typing import cast

import vllm.utils.torch_utils as torch_utils
from vllm.config import CompilationMode, VllmConfig
from vllm.lora.layers.base_linear import BaseLinearLayerWithLoRA
from vllm.platforms.cpu import CpuPlatform

from understudy_vllm import linear, punica

_stock_reset_lora = BaseLinearLayerWithLoRA.reset_lora
_stock_check_and_update_config = CpuPlatform.check_and_update_config.__func__


def install() -> None:
    """Replace the functions in this process; calling it again does nothing."""
    if BaseLinearLayerWithLoRA.reset_lora is reset_lora:
        return
    register_op = torch_utils.direct_register_custom_op
    register_op("understudy_lora_linear", linear.linear_op, fake_impl=linear.linear_op_shape)
    register_op("understudy_lora_shrink", punica.shrink_op, ["y"], punica.no_output)
    register_op("understudy_lora_expand", punica.expand_op, ["y"], punica.no_output)

    BaseLinearLayerWithLoRA._apply_sync = linear.apply
    BaseLinearLayerWithLoRA.set_mapping = linear.set_mapping
    BaseLinearLayerWithLoRA.reset_lora = reset_lora
    CpuPlatform.check_and_update_config = classmethod(check_and_update_config)
    CpuPlatform.get_punica_wrapper = classmethod(get_punica_wrapper)


def reset_lora(layer: BaseLinearLayerWithLoRA, index: int) -> None:
    """Drop a slot's merged copies, then clear its matrices."""
    layer.punica_wrapper.merged.drop(index)
    _stock_reset_lora(layer, index)


def check_and_update_config(cls: type[CpuPlatform], vllm_config: VllmConfig) -> None:
    """Do what vLLM does for a CPU, but leave torch.compile as it was asked for."""
    compiled = vllm_config.compilation_config.mode == CompilationMode.VLLM_COMPILE
    _stock_check_and_update_config(cls, vllm_config)
    if compiled:
        vllm_config.compilation_config.mode = CompilationMode.DYNAMO_TRACE_ONCE


def get_punica_wrapper(cls: type[CpuPlatform]) -> str:
    """Return the name by which vLLM finds the class that holds LoRA's metadata."""
    return f"{punica.GroupedPunica.__module__}.{punica.GroupedPunica.__qualname__}"
