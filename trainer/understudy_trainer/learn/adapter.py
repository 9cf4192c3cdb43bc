"""A LoRA adapter on all linear layers: put on a model, read, written as the gateway takes it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file  # pyright: ignore[reportUnknownVariableType]
from torch import Tensor

from understudy_protocol.errors import ConfigError
from understudy_trainer.learn.base_model import linear_shapes, trainable
from understudy_trainer.learn.settings import LearnerSettings
from understudy_trainer.learn.whole_file import write_whole_folder

CONFIG = "adapter_config.json"
WEIGHTS = "adapter_model.safetensors"

BASE = "base_model"
"""Under this name the file of weights says which base it was trained on."""


def add_adapter(model: Any, settings: LearnerSettings, *, parent: Path | None, seed: int) -> Any:
    """The model with an adapter of the parent's shape; else of the shape in the settings.

    Its A matrices are drawn by the seed, its B matrices are zero.
    """
    rank, alpha = shape_of(parent) if parent else (settings.rank, settings.alpha)
    modules = sorted({name.rpartition(".")[2] for name in linear_shapes(model)})
    config = LoraConfig(
        r=rank,
        lora_alpha=alpha,
        target_modules=modules,
        lora_dropout=0.0,
        bias="none",
        task_type="CAUSAL_LM",
    )
    with torch.random.fork_rng():  # pyright: ignore[reportUnknownMemberType]
        torch.manual_seed(seed)  # pyright: ignore[reportUnknownMemberType]
        return get_peft_model(model, config, autocast_adapter_dtype=False)


def shape_of(folder: Path) -> tuple[int, int]:
    """Rank and alpha. Raises ConfigError."""
    configs: Any = LoraConfig
    try:
        config = configs.from_pretrained(str(folder))
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ConfigError(
            f"The adapter {folder} cannot be read: {error}.",
            "Name the folder of an adapter that an earlier night wrote, or begin without one.",
        ) from error
    if not isinstance(config, LoraConfig):
        raise ConfigError(
            f"The adapter {folder} is not a LoRA adapter.",
            "Name the folder of an adapter that an earlier night wrote, or begin without one.",
        )
    return config.r, config.lora_alpha


def read_adapter(folder: Path, *, model: Any, base: str) -> dict[str, Tensor]:
    """The tensors of an adapter by the names that `trainable` has for them.

    Raises ConfigError if it is of another base model: `base` is the digest of the one at hand.
    """
    found, metadata = saved_tensors(folder)
    wanted = {_saved(name): (name, tensor) for name, tensor in trainable(model).items()}
    shapes = {name: tuple(tensor.shape) for name, tensor in found.items()}
    if metadata.get(BASE, base) != base or shapes != {
        name: tuple(tensor.shape) for name, (_, tensor) in wanted.items()
    }:
        raise ConfigError(
            f"The adapter {folder} was trained on another base model.",
            "Train the first night on this base model without a parent.",
        )
    return {name: found[saved].float() for saved, (name, _) in wanted.items()}


def saved_tensors(folder: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """By PEFT's names, and what the file says of itself. Raises ConfigError."""
    path = folder / WEIGHTS
    try:
        opened: Any = safe_open(str(path), framework="pt")
        with opened as file:
            found = {name: file.get_tensor(name) for name in list(file.keys())}
            return found, file.metadata() or {}
    except (OSError, SafetensorError) as error:
        raise ConfigError(
            f"The weights {path} cannot be read: {error}.",
            "Take the release before it as the parent, or begin without one.",
        ) from error


def write_adapter(folder: Path, *, model: Any, base: str, tensors: Mapping[str, Tensor]) -> None:
    """A folder with nothing in it but the two files; there whole or not at all."""
    config: Any = model.peft_config["default"]
    config.inference_mode = True
    # A path of the machine that trained says nothing elsewhere, and names a person perhaps.
    config.base_model_name_or_path = ""
    # A set's order is another one in each process.
    config.target_modules = sorted(config.target_modules)
    saved = {_saved(name): tensor.contiguous() for name, tensor in tensors.items()}

    def fill(temporary: Path) -> None:
        config.save_pretrained(str(temporary))
        # One entry only: the library writes several in an order that changes from run to run.
        save_file(saved, str(temporary / WEIGHTS), metadata={BASE: base})

    write_whole_folder(folder, fill)


def _saved(name: str) -> str:
    """PEFT's name of a tensor in a file, where a model has one adapter and it needs no name."""
    return name.replace(".default.", ".")
