"""A model in training, judged on held-out rows: cheap enough for every half hour."""

import math
from collections import defaultdict
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from models.recipe.archives import RecipeError
from models.recipe.export import Shape, rotations
from models.recipe.packed import MIDDLE, TEXT, shifted
from torch import nn


@dataclass(frozen=True)
class HeldOut:
    """Rows of held-out packages: `plain` text, and each hole `bare` and with `snippets`."""

    ids: np.ndarray
    weights: np.ndarray
    kinds: np.ndarray
    sizes: np.ndarray
    """Bytes of each entry of the vocabulary."""


def read(path: Path) -> HeldOut:
    try:
        with path.open("rb") as file, np.load(file) as archive:
            return HeldOut(**{field.name: archive[field.name] for field in fields(HeldOut)})
    except Exception as error:  # zipfile, zlib and numpy each raise their own
        raise RecipeError(
            f"{path} does not hold held-out rows: {error}.",
            "Make it: python -m models.recipe.evaluate rows.",
        ) from error


@torch.no_grad()
def judge(
    model: nn.Module, held: HeldOut, device: str, dtype: torch.dtype, rows: int = 8
) -> dict[str, float]:
    """Bits per byte of the text; loss and accuracy per token of the holes, bare and given."""
    shape: Shape = model.shape  # type: ignore[assignment]  # nn.Module types attributes as tensors
    table = model.get_parameter("embed_tokens.weight").to(dtype)
    turn = rotations(shape, held.ids.shape[1], device, dtype)
    sums: defaultdict[str, np.ndarray] = defaultdict(lambda: np.zeros(4))
    for start in range(0, len(held.ids), rows):
        ids = torch.from_numpy(held.ids[start : start + rows].astype(np.int64)).to(device)
        with torch.autocast(device, dtype, enabled=dtype != torch.float32):
            hidden = model(ids, turn)
        weights = shifted(held.weights[start : start + rows])
        for at, kind in enumerate(held.kinds[start : start + rows]):
            mask = torch.from_numpy(weights[at] == (TEXT if kind == "plain" else MIDDLE)).to(device)
            targets = ids[at].roll(-1)[mask]
            logits = (hidden[at][mask] @ table.t()).float()
            loss = F.cross_entropy(logits, targets, reduction="sum").item()
            right = (logits.argmax(-1) == targets).sum().item()
            size = held.sizes[targets.cpu().numpy()].sum()
            sums[str(kind)] += np.array([loss, right, len(targets), size])
    plain, bare, given = sums["plain"], sums["bare"], sums["snippets"]
    return {
        "bits_per_byte": plain[0] / plain[3] / math.log(2),
        "hole_accuracy": bare[1] / bare[2],
        "hole_loss": bare[0] / bare[2],
        "hole_loss_with_snippets": given[0] / given[2],
        "with_over_without": given[0] / bare[0],
    }
