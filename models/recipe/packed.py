"""Rows on disk: token ids and the weight of each in the loss, and what they were made from."""

import hashlib
import json
from pathlib import Path

import numpy as np
from models.recipe.archives import RecipeError, sha256
from models.recipe.whole import whole

PAD, CONTEXT, TEXT, MIDDLE = 0, 1, 2, 6
"""Weights of a token in the loss, in halves: snippets count a half, middles three times."""


def save(path: Path, ids: np.ndarray, weights: np.ndarray, about: dict[str, object]) -> None:
    """Writes rows and what they were made from; the file appears whole or not at all."""
    note = json.dumps({**about, "check": checksum(ids, weights)})
    remedy = f"Make room for {(ids.nbytes + weights.nbytes) / 1e6:.0f} MB, or use --out."
    with whole(path, remedy) as partial, partial.open("wb") as file:
        np.savez_compressed(file, ids=ids, weights=weights, about=np.array(note))


def load(
    path: Path, *, tokenizer: Path | None = None
) -> tuple[np.ndarray, np.ndarray, dict[str, object]]:
    """Rows, weights and what they were made from. Raises RecipeError unless the file is whole, or
    if the rows are ids of another vocabulary than the tokenizer's, which no size would tell."""
    try:
        with path.open("rb") as file, np.load(file) as archive:
            ids, weights = archive["ids"], archive["weights"]
            about = json.loads(str(archive["about"]))
    except Exception as error:  # zipfile, zlib, numpy and json each raise their own
        raise RecipeError(
            f"{path} does not hold training rows: {error}.",
            "Make it: python -m models.recipe.data.",
        ) from error
    if about.get("check") != checksum(ids, weights):
        raise RecipeError(f"{path} was changed after it was written.", "Make it again.")
    if tokenizer and about.get("tokenizer", digest := sha256(tokenizer)) != digest:
        raise RecipeError(
            f"{path} was made with another tokenizer than {tokenizer}.",
            "Make the rows again with --tokenizer, or name the one that made them.",
        )
    return ids, weights, about


def shifted(weights: np.ndarray) -> np.ndarray:
    """Weight of each position's target, the next token: float32, the last column 0."""
    moved = np.roll(weights, -1, axis=1).astype(np.float32)
    moved[:, -1] = 0
    return moved


def checksum(ids: np.ndarray, weights: np.ndarray) -> str:
    return hashlib.blake2b(ids.tobytes() + weights.tobytes(), digest_size=16).hexdigest()
