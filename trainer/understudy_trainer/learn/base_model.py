"""The base model, with an adapter on it if one is wanted."""

import hashlib
import os
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from torch import Tensor
from transformers import AutoModelForCausalLM
from transformers.utils import logging

from understudy_protocol.errors import ConfigError
from understudy_trainer.learn.attention import PACKED

SAMPLE_BYTES = 1 << 20


def load_base(base: Path, *, numbers: torch.dtype) -> Any:
    """The causal language model in a directory, ready for packed rows. Raises ConfigError."""
    if not (base / "config.json").is_file():
        raise ConfigError(
            f"There is no base model in {base}.",
            "Name the directory of the model that the gateway serves.",
        )
    logging.disable_progress_bar()
    models: Any = AutoModelForCausalLM
    try:
        return models.from_pretrained(
            base, dtype=numbers, attn_implementation=PACKED, local_files_only=True
        )
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        raise ConfigError(
            f"The base model {base} cannot be loaded: {_first_line(error)}.",
            "Train on a model that transformers knows, in the safetensors format; if it is one,"
            " copy or download it again.",
        ) from error


def linear_shapes(model: Any) -> dict[str, tuple[int, int]]:
    """Outputs and inputs of each linear layer that an adapter is for, or that has one: all but the
    last, which gives logits and shares its weight with the embedding in small models."""
    return {
        name.removesuffix(".base_layer"): (module.out_features, module.in_features)
        for name, module in model.named_modules()
        if isinstance(module, torch.nn.Linear)
        and module is not model.lm_head
        and ".lora_" not in name
    }


def base_digest(base: Path) -> str:
    """Tells base models apart: all of the configuration, the ends of each file of weights."""
    digest = hashlib.sha256((base / "config.json").read_bytes())
    for path in sorted(base.glob("*.safetensors")):
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            digest.update(f"{path.name} {size}".encode())
            digest.update(file.read(SAMPLE_BYTES))
            file.seek(max(0, size - SAMPLE_BYTES))
            digest.update(file.read(SAMPLE_BYTES))
    return digest.hexdigest()


def trainable(model: Any) -> dict[str, Tensor]:
    """What training changes, by name, always in the same order."""
    found = {name: tensor for name, tensor in model.named_parameters() if tensor.requires_grad}
    return dict(sorted(found.items()))


def _first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0].rstrip(".") or type(error).__name__
