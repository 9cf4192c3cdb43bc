"""The entry point that vLLM calls in each of its processes, and all that it replaces in vLLM.

Five functions, and only on a CPU:

- `CpuPlatform.get_punica_wrapper` names `GroupedPunica`, which multiplies each group of tokens by
  its adapter once instead of gathering the adapter's matrices for each token.
- `BaseLinearLayerWithLoRA._apply_sync` runs on merged weights where they exist.
- `BaseLinearLayerWithLoRA.set_mapping` counts the layers, to know what one adapter's copies take.
- `BaseLinearLayerWithLoRA.reset_lora`, which vLLM calls before it puts another adapter or none
  into a slot, drops what is kept for that slot.
- `CpuPlatform.check_and_update_config` leaves torch.compile on with LoRA. vLLM turns it off,
  because its own products read the batch while they are traced; these are opaque to the tracer.
"""

from functools import cache

from vllm.logger import init_logger
from vllm.platforms.interface import Platform

logger = init_logger("vllm.understudy_cpu_lora")


def register() -> None:
    """What vLLM calls; `register_on` the platform that it runs on."""
    # vLLM finds out its platform when this name is first asked for.
    from vllm.platforms import current_platform

    register_on(current_platform)


@cache  # vLLM may call a plug-in several times in one process
def register_on(platform: Platform) -> bool:
    """Replace LoRA on a CPU and return True, or log in one line why not and return False.

    Only the first call for a platform does something.
    """
    if not platform.is_cpu():
        return False

    from understudy_vllm.internals import difference

    problem = difference()
    if problem is not None:
        logger.warning(
            "understudy_cpu_lora: %s in this vLLM, so LoRA runs as vLLM has it, several times "
            "slower than the base model. Install vLLM 0.32.0 for LoRA at full speed.",
            problem,
        )
        return False

    from understudy_vllm.replacement import install

    install()
    return True
