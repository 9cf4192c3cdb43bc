"""A whole model written after training all of its weights: served as a model of its own."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from understudy_trainer.learn.base_model import trainable
from understudy_trainer.learn.whole_file import write_whole_folder

BESIDE_THE_WEIGHTS = ("tokenizer.json", "tokenizer_config.json", "generation_config.json")


def write_model(folder: Path, *, model: Any, base: Path, tensors: Mapping[str, Tensor]) -> None:
    """In the type of number that is computed with; there whole or not at all."""
    with torch.no_grad():
        for name, tensor in trainable(model).items():
            tensor.copy_(tensors[name])

    def fill(temporary: Path) -> None:
        model.save_pretrained(str(temporary))
        for name in BESIDE_THE_WEIGHTS:
            if (base / name).is_file():
                shutil.copyfile(base / name, temporary / name)

    write_whole_folder(folder, fill)
