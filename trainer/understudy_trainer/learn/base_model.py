"""The base model, with an adapter on it if one is wanted."""

from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from torch import Tensor
from transformers import AutoModelForCausalLM
from transformers.utils import logging

from understudy_protocol.errors import ConfigError
from understudy_trainer.learn.attention import PACKED


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
        model = models.from_pretrained(
            base, dtype=numbers, attn_implementation=PACKED, local_files_only=True
        )
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        raise ConfigError(
            f"The base model {base} cannot be loaded: {_first_line(error)}.",
            "Train on a model that transformers knows, in the safetensors format; if it is one,"
            " copy or download it again.",
        ) from error
    return model.to(device())


def device() -> torch.device:
    """Where models and their tensors are: a GPU if there is one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def all_computed() -> None:
    """Waits for a GPU, which takes work and goes on by itself. Times mean nothing otherwise."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()


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


def trainable(model: Any) -> dict[str, Tensor]:
    """What training changes, by name, always in the same order."""
    found = {name: tensor for name, tensor in model.named_parameters() if tensor.requires_grad}
    return dict(sorted(found.items()))


def _first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0].rstrip(".") or type(error).__name__
