"""Adapters that can be told apart by every token of their answers.

The last layer's MLP adds the embedding of one word to the hidden state, so strongly that the model
says nothing else. All layers get small random weights, so that the adapter costs what a trained one
costs.

How the last layer does it: for a random direction `a`, two channels of the MLP get `s = K a·x` and
`-s`, in gate and up alike. As silu(s) s + silu(-s) (-s) = s², their sum is never negative, whatever
the input. Several directions make sure that it is never small.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from understudy_protocol.errors import ConfigError
from understudy_releases.safetensors_header import read_header
from understudy_server.bench.random_adapter import (
    RANK,
    random_tensors,
    require_numpy,
    write_tensors,
)
from understudy_server.tokenizer import load_tokenizer

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Matrix = NDArray[np.float32]

GAIN = 16.0
"""K above."""
PUSH = 20.0
"""Length of what is added for each unit of s²; hidden states are some hundreds long."""


class Word(msgspec.Struct, frozen=True):
    """What an adapter makes the model say."""

    id: int
    text: str


def surest_words(model: Path, count: int) -> list[Word]:
    """Words of one token that a pushed model says for certain, the surest first.

    Raises ConfigError where numpy is missing.
    """
    require_numpy()
    import numpy as np

    embeddings, norm = _read(model, "model.embed_tokens.weight"), _read(model, "model.norm.weight")
    words = _words(model, len(embeddings))
    ids = [word.id for word in words]
    pushed = embeddings[ids]
    # What the final norm makes of a hidden state that is nothing but the word's embedding.
    states = pushed / np.sqrt((pushed**2).mean(axis=1, keepdims=True)) * norm
    logits = states @ embeddings.T
    rows = np.arange(len(ids))
    own = logits[rows, ids]
    logits[rows, ids] = -np.inf
    surest = np.argsort(logits.max(axis=1) - own)[:count]
    return [words[int(row)] for row in surest]


def write_marked_adapter(model: Path, folder: Path, word: Word, *, seed: int) -> None:
    """Write an adapter for all linear layers of a Qwen3 model into `folder`.

    Raises ConfigError where numpy or safetensors is missing.
    """
    tensors = random_tensors(model, seed=seed)
    embedding = _read(model, "model.embed_tokens.weight")[word.id]
    last = json.loads((model / "config.json").read_text(encoding="utf-8"))["num_hidden_layers"] - 1
    _mark(tensors, f"base_model.model.model.layers.{last}.mlp", embedding)
    write_tensors(tensors, folder, model=model)


def _mark(tensors: dict[str, Matrix], mlp: str, embedding: Matrix) -> None:
    """Let the MLP add the embedding; channels 2k and 2k + 1 belong to the direction k."""
    import numpy as np

    directions = tensors[f"{mlp}.gate_proj.lora_A.weight"]
    tensors[f"{mlp}.up_proj.lora_A.weight"] = directions.copy()
    for name in ("gate_proj", "up_proj"):
        b = tensors[f"{mlp}.{name}.lora_B.weight"]
        b[: 2 * RANK] = np.repeat(np.eye(RANK) * GAIN, 2, axis=0)
        b[1 : 2 * RANK : 2] *= -1
    tensors[f"{mlp}.down_proj.lora_A.weight"][0] = 0.0
    tensors[f"{mlp}.down_proj.lora_A.weight"][0, : 2 * RANK] = 1.0
    pushed = PUSH * embedding / np.linalg.norm(embedding)
    tensors[f"{mlp}.down_proj.lora_B.weight"][:, 0] = pushed


def _words(model: Path, vocabulary: int) -> list[Word]:
    tokenizer = load_tokenizer(str(model))
    texts = ((number, tokenizer.decode([number])) for number in range(vocabulary))
    return [Word(number, text) for number, text in texts if re.fullmatch(r"[A-Za-z]{3,}", text)]


def _read(model: Path, name: str) -> Matrix:
    """A tensor of bfloat16, which numpy does not know, or float32."""
    import numpy as np

    for path in sorted(model.glob("*.safetensors")):
        with path.open("rb") as file:
            header = read_header(file)
            if tensor := header.tensors.get(name):
                first, last = tensor.data_offsets
                file.seek(len(header.encoded) + first)
                data = file.read(last - first)
                break
    else:
        raise ConfigError(
            f"The model {model} has no weight {name}.", "Give the folder of a Qwen3 model."
        )
    if tensor.dtype == "BF16":
        numbers = (np.frombuffer(data, np.uint16).astype(np.uint32) << 16).view(np.float32)
    else:
        numbers = np.frombuffer(data, np.float32)
    return numbers.reshape(tensor.shape)
