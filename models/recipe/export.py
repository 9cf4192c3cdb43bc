"""A trained decoder as a model folder that vLLM and transformers load, and back."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from models.recipe.archives import RecipeError
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

SHARD = 15_500_000
"""Bytes of a shard at most, so that each stays below 16 MB with its header."""


@dataclass(frozen=True)
class Shape:
    """Sizes of a Qwen3 decoder with tied embedding."""

    vocabulary: int
    width: int
    layers: int
    heads: int
    kv_heads: int
    head: int
    inner: int
    theta: float = 10_000.0
    epsilon: float = 1e-6
    context: int = 2048


def rotations(shape: Shape, length: int, device: str, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """Cosines and sines [length, head / 2] of the rotary embedding (Su et al., 2021)."""
    steps = torch.arange(0, shape.head, 2).float() / shape.head
    angles = torch.arange(length).float()[:, None] / shape.theta**steps
    return angles.cos().to(device, dtype), angles.sin().to(device, dtype)


def export(model: nn.Module, folder: Path, tokenizer: Path) -> None:
    """Writes bfloat16 shards, configuration and tokenizer; the folder appears whole."""
    shape: Shape = model.shape  # type: ignore[assignment]  # nn.Module types attributes as tensors
    partial = folder.with_name(folder.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        partial.mkdir(parents=True)
        write_shards(
            {
                f"model.{name}": parameter.detach().to("cpu", torch.bfloat16).contiguous()
                for name, parameter in model.named_parameters()
            },
            partial,
        )
        write_json(partial / "config.json", configuration(shape))
        write_json(
            partial / "generation_config.json",
            {"eos_token_id": 0, "pad_token_id": 4, "do_sample": False},
        )
        write_json(partial / "tokenizer_config.json", tokenizer_configuration(shape))
        shutil.copy(tokenizer, partial / "tokenizer.json")
        shutil.rmtree(folder, ignore_errors=True)
        partial.replace(folder)
    except (OSError, SafetensorError) as error:
        shutil.rmtree(partial, ignore_errors=True)
        raise RecipeError(
            f"The model could not be written to {folder}: {error}.",
            "Make room and give the same command again: training is not repeated.",
        ) from error


def write_shards(tensors: Mapping[str, Tensor], folder: Path) -> None:
    shards: list[dict[str, Tensor]] = [{}]
    room = SHARD
    for name, tensor in tensors.items():
        if tensor.nbytes > SHARD:
            raise RecipeError(
                f"{name} takes {tensor.nbytes / 1e6:.1f} MB, more than a file may have.",
                "Take a smaller vocabulary or a narrower model.",
            )
        if tensor.nbytes > room and shards[-1]:
            shards.append({})
            room = SHARD
        shards[-1][name] = tensor
        room -= tensor.nbytes
    where: dict[str, str] = {}
    for number, shard in enumerate(shards, 1):
        name = f"model-{number:05}-of-{len(shards):05}.safetensors"
        save_file(shard, folder / name, metadata={"format": "pt"})
        (folder / name).chmod(0o644)  # safetensors lets nobody else read it
        where |= dict.fromkeys(shard, name)
    total = sum(tensor.nbytes for tensor in tensors.values())
    write_json(
        folder / "model.safetensors.index.json",
        {"metadata": {"total_size": total}, "weight_map": where},
    )


def load_weights(folder: Path) -> tuple[Shape, dict[str, Tensor]]:
    """Shape and float32 weights of a model folder of this architecture."""
    try:
        config = json.loads((folder / "config.json").read_text())
        if config["architectures"] != ["Qwen3ForCausalLM"] or not config["tie_word_embeddings"]:
            raise ValueError(f"its architecture is {config['architectures']}")
        shape = Shape(
            vocabulary=config["vocab_size"],
            width=config["hidden_size"],
            layers=config["num_hidden_layers"],
            heads=config["num_attention_heads"],
            kv_heads=config["num_key_value_heads"],
            head=config["head_dim"],
            inner=config["intermediate_size"],
            theta=config["rope_parameters"]["rope_theta"],
            epsilon=config["rms_norm_eps"],
            context=config["max_position_embeddings"],
        )
        files = sorted(folder.glob("*.safetensors"))
        tensors = {name: tensor for file in files for name, tensor in load_file(file).items()}
        weights = {name.removeprefix("model."): t.float() for name, t in tensors.items()}
    except Exception as error:  # json, safetensors and the keys each raise their own
        raise RecipeError(
            f"{folder} is no model to start from: {error}.",
            "Name a folder that this recipe wrote, such as models/prompter.",
        ) from error
    return shape, weights


def configuration(shape: Shape) -> dict[str, object]:
    return {
        "architectures": ["Qwen3ForCausalLM"],
        "model_type": "qwen3",
        "vocab_size": shape.vocabulary,
        "hidden_size": shape.width,
        "intermediate_size": shape.inner,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "num_key_value_heads": shape.kv_heads,
        "head_dim": shape.head,
        "hidden_act": "silu",
        "max_position_embeddings": shape.context,
        "rms_norm_eps": shape.epsilon,
        "rope_theta": shape.theta,
        "rope_parameters": {"rope_type": "default", "rope_theta": shape.theta},
        "tie_word_embeddings": True,
        "attention_bias": False,
        "attention_dropout": 0.0,
        "use_cache": True,
        "bos_token_id": None,
        "eos_token_id": 0,
        "pad_token_id": 4,
        "dtype": "bfloat16",
        "torch_dtype": "bfloat16",
        "use_sliding_window": False,
        "sliding_window": None,
        "max_window_layers": shape.layers,
        "initializer_range": 0.02,
    }


def tokenizer_configuration(shape: Shape) -> dict[str, object]:
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "eos_token": "<|endoftext|>",
        "pad_token": "<|fim_pad|>",
        "model_max_length": shape.context,
        "clean_up_tokenization_spaces": False,
        "add_bos_token": False,
        "additional_special_tokens": [
            "<|fim_prefix|>",
            "<|fim_middle|>",
            "<|fim_suffix|>",
            "<|repo_name|>",
            "<|file_sep|>",
        ],
    }


def write_json(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, indent=1) + "\n")
