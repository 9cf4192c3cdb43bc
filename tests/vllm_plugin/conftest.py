"""vLLM's own LoRA layers on a CPU, small, with what they need of vLLM around them."""

import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def vllm_process() -> Iterator[None]:
    """This process as a vLLM worker of one rank, with the plug-in's functions in place."""
    pytest.importorskip("vllm", reason="the engine is not installed (extra engine-cpu)")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from vllm.config import VllmConfig, set_current_vllm_config
        from vllm.distributed import cleanup_dist_env_and_memory, parallel_state

        from understudy_vllm.plugin import register

        register()
        with tempfile.TemporaryDirectory() as folder, set_current_vllm_config(VllmConfig()):
            parallel_state.init_distributed_environment(
                1, 0, f"file://{Path(folder) / 'rendezvous'}", 0, backend="gloo"
            )
            parallel_state.initialize_model_parallel(1, 1, backend="gloo")
            yield
            cleanup_dist_env_and_memory()
