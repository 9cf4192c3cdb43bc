"""A LoRA adapter with random weights, in the format of PEFT, for measuring."""

import json
import random
import struct
from array import array
from pathlib import Path

RANK = 16
ALPHA = 32
STRENGTH = 0.002
"""Standard deviation of B: small, so that the model still writes code and ends its lines."""


def write_adapter(model: Path, folder: Path, *, seed: int) -> None:
    """Write an adapter of rank 16 for all linear layers of a Qwen3 model into `folder`."""
    config = json.loads((model / "config.json").read_text(encoding="utf-8"))
    hidden, inner = config["hidden_size"], config["intermediate_size"]
    queries = config["num_attention_heads"] * config["head_dim"]
    keys = config["num_key_value_heads"] * config["head_dim"]
    shapes = {
        "self_attn.q_proj": (hidden, queries),
        "self_attn.k_proj": (hidden, keys),
        "self_attn.v_proj": (hidden, keys),
        "self_attn.o_proj": (queries, hidden),
        "mlp.gate_proj": (hidden, inner),
        "mlp.up_proj": (hidden, inner),
        "mlp.down_proj": (inner, hidden),
    }
    generator = random.Random(seed)
    tensors: dict[str, tuple[list[int], array[float]]] = {}
    for layer in range(config["num_hidden_layers"]):
        for name, (width_in, width_out) in shapes.items():
            path = f"base_model.model.model.layers.{layer}.{name}"
            a, b = [RANK, width_in], [width_out, RANK]
            tensors[f"{path}.lora_A.weight"] = (a, _noise(generator, a, width_in**-0.5))
            tensors[f"{path}.lora_B.weight"] = (b, _noise(generator, b, STRENGTH))
    folder.mkdir(parents=True)
    _write_safetensors(folder / "adapter_model.safetensors", tensors)
    description = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "r": RANK,
        "lora_alpha": ALPHA,
        "bias": "none",
        "target_modules": [name.partition(".")[2] for name in shapes],
        "base_model_name_or_path": model.name,
    }
    (folder / "adapter_config.json").write_text(json.dumps(description), encoding="utf-8")


def _noise(generator: random.Random, shape: list[int], deviation: float) -> "array[float]":
    return array("f", (generator.gauss(0, deviation) for _ in range(shape[0] * shape[1])))


def _write_safetensors(path: Path, tensors: "dict[str, tuple[list[int], array[float]]]") -> None:
    """Float32 tensors: the header's length (8 bytes, little-endian), the header, the numbers."""
    header: dict[str, object] = {}
    start = 0
    for name, (shape, numbers) in tensors.items():
        end = start + len(numbers) * numbers.itemsize
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [start, end]}
        start = end
    text = json.dumps(header).encode()
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for _, numbers in tensors.values():
            file.write(numbers.tobytes())
