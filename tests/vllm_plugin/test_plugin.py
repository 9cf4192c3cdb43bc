"""When the plug-in replaces something in vLLM, and when it leaves vLLM alone."""

import pytest

from understudy_vllm.internals import Expected, difference

pytestmark = [pytest.mark.usefixtures("vllm_process"), pytest.mark.filterwarnings("ignore")]

LAYER = "vllm.lora.layers.base_linear"
APPLY = "BaseLinearLayerWithLoRA.apply"


def test_the_installed_vllm_is_one_that_the_plug_in_knows() -> None:
    from vllm.lora.layers.base_linear import BaseLinearLayerWithLoRA
    from vllm.platforms import current_platform

    from understudy_vllm.plugin import register_on

    assert register_on(current_platform)
    assert BaseLinearLayerWithLoRA._apply_sync.__module__ == "understudy_vllm.linear"


@pytest.mark.parametrize(
    ("expected", "words"),
    [
        (Expected("vllm.lora.no_such_module", "apply", ()), "is missing"),
        (Expected(LAYER, "BaseLinearLayerWithLoRA.no_such_method", ()), "is missing"),
        (Expected(LAYER, APPLY, ("self", "x")), "has other parameters"),
        (Expected(LAYER, APPLY, ("self", "x", "bias"), ("no_such_call",)), "works differently"),
    ],
)
def test_a_vllm_that_differs_is_named_by_what_differs(expected: Expected, words: str) -> None:
    found = difference([expected])
    assert found is not None
    assert expected.function in found
    assert words in found


def test_on_a_platform_that_is_no_cpu_nothing_is_replaced() -> None:
    from vllm.platforms.interface import UnspecifiedPlatform

    from understudy_vllm.plugin import register_on

    assert not register_on(UnspecifiedPlatform())


def test_registering_again_changes_nothing() -> None:
    from vllm.lora.layers.base_linear import BaseLinearLayerWithLoRA
    from vllm.platforms import current_platform

    from understudy_vllm.plugin import register_on

    before = (BaseLinearLayerWithLoRA.reset_lora, current_platform.check_and_update_config)
    assert register_on(current_platform)
    assert (BaseLinearLayerWithLoRA.reset_lora, current_platform.check_and_update_config) == before


def test_vllm_finds_the_plug_in_s_metadata_by_name() -> None:
    from vllm.platforms import current_platform
    from vllm.utils.import_utils import resolve_obj_by_qualname

    from understudy_vllm.punica import GroupedPunica

    assert resolve_obj_by_qualname(current_platform.get_punica_wrapper()) is GroupedPunica
