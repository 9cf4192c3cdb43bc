"""Which checkpoint of a folder a training goes on from, and whether it is of the same training."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from models.recipe.archives import RecipeError
from models.recipe.export import Shape
from torch import Tensor


def latest(out: Path, device: str, *, flat: float, decay: float) -> dict[str, Any] | None:
    """The state that a plan of so many million tokens goes on from; None if nothing was trained."""
    before, falling = read_state(out / "state.pt", device), read_state(out / "decay.pt", device)
    return falling if falling and goes_on(falling, before, flat, decay) else before


def goes_on(
    falling: dict[str, Any], before: dict[str, Any] | None, flat: float, decay: float
) -> bool:
    """Whether a fall of the rate is this plan's, and not one before the flat part went on."""
    began = falling["at"][4]
    since = before["at"][1] if before else 0
    return began >= max(since, flat * 1e6) and falling.get("decay") == decay


def read_state(path: Path, device: str) -> dict[str, Any] | None:
    if not path.exists():
        return None
    try:
        return torch.load(path, map_location=device, weights_only=True)
    except Exception as error:  # torch and pickle raise whatever the bytes lead them to
        raise RecipeError(
            f"The checkpoint {path} cannot be read: {error}.",
            "Delete it to go on from the one before it, or to begin again.",
        ) from error


def refuse_another(state: dict[str, Any], out: Path, shape: Shape, start: str) -> None:
    """Raises RecipeError unless a state is of this shape and began at these weights."""
    if state["shape"] != asdict(shape):
        kept, asked = Shape(**state["shape"]), shape
        differs = ", ".join(
            f"{name} {getattr(kept, name)} and not {getattr(asked, name)}"
            for name in asdict(shape)
            if getattr(kept, name) != getattr(asked, name)
        )
        problem = f"The training in {out} is of a model of another shape: {differs}."
    elif state.get("start", start) != start:  # written since; an older state does not say
        problem = f"The training in {out} began at other weights than those of this command."
    else:
        return
    raise RecipeError(
        problem,
        "Give it the --start and --shape that it began with to go on with it, or name another "
        "folder with --out to begin anew.",
    )


def print_of(weights: Mapping[str, Tensor] | None) -> str:
    """Tells the weights that a training began at; empty if it began at nothing."""
    if weights is None:
        return ""
    print_ = hashlib.blake2b(digest_size=16)
    for name in sorted(weights):
        print_.update(name.encode() + weights[name].contiguous().numpy().tobytes())
    return print_.hexdigest()
