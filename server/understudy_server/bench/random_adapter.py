"""A LoRA adapter with random weights, in the format of PEFT, for measuring."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from understudy_protocol.errors import ConfigError
from understudy_releases.adapter import CONFIG_FILE, WEIGHTS_FILE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Matrix = NDArray[np.float32]

RANK = 16
STRENGTH = 0.002
"""Standard deviation of B: small, so that the model still writes code and ends its lines."""


def write_adapter(model: Path, folder: Path, *, seed: int) -> None:
    """Write an adapter for all linear layers of a Qwen3 model into `folder`.

    Raises ConfigError where numpy or safetensors is missing.
    """
    write_tensors(random_tensors(model, seed=seed), folder, model=model)


def random_tensors(model: Path, *, seed: int) -> dict[str, Matrix]:
    """By name: A with outputs as large as its inputs, B with outputs that change little."""
    require_numpy()
    import numpy as np

    config = json.loads((model / "config.json").read_text(encoding="utf-8"))
    generator = np.random.default_rng(seed)
    tensors: dict[str, Matrix] = {}
    for layer in range(config["num_hidden_layers"]):
        for name, (width_in, width_out) in _shapes(config).items():
            a = generator.standard_normal((RANK, width_in)) / width_in**0.5
            b = generator.standard_normal((width_out, RANK)) * STRENGTH
            path = f"base_model.model.model.layers.{layer}.{name}"
            tensors[f"{path}.lora_A.weight"] = a.astype(np.float32)
            tensors[f"{path}.lora_B.weight"] = b.astype(np.float32)
    return tensors


def write_tensors(tensors: dict[str, Matrix], folder: Path, *, model: Path) -> None:
    """An adapter's directory; `tensors` are those of `random_tensors`, changed at will."""
    from safetensors.numpy import save_file  # pyright: ignore[reportUnknownVariableType]: untyped

    folder.mkdir(parents=True)
    save_file(tensors, folder / WEIGHTS_FILE)
    description = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "r": RANK,
        "lora_alpha": RANK,
        "bias": "none",
        "target_modules": sorted({name.split(".")[-3] for name in tensors}),
        "base_model_name_or_path": model.name,
    }
    (folder / CONFIG_FILE).write_text(json.dumps(description), encoding="utf-8")


def require_numpy() -> None:
    try:
        import numpy
        import safetensors
    except ImportError as error:
        raise ConfigError(
            f"This benchmark makes adapters and needs {error.name}.",
            "Run `make setup` in a checkout, and the benchmark with its `.venv/bin/understudy`.",
        ) from error
    del numpy, safetensors


def _shapes(config: dict[str, int]) -> dict[str, tuple[int, int]]:
    """Inputs and outputs of the linear layers of one block."""
    hidden, inner = config["hidden_size"], config["intermediate_size"]
    queries = config["num_attention_heads"] * config["head_dim"]
    keys = config["num_key_value_heads"] * config["head_dim"]
    return {
        "self_attn.q_proj": (hidden, queries),
        "self_attn.k_proj": (hidden, keys),
        "self_attn.v_proj": (hidden, keys),
        "self_attn.o_proj": (queries, hidden),
        "mlp.gate_proj": (hidden, inner),
        "mlp.up_proj": (hidden, inner),
        "mlp.down_proj": (inner, hidden),
    }
