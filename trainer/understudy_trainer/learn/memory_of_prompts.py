"""What a model has read of prompts and written after them, so that it need not read it again.

transformers hands attention what is asked for now; keys and values of before are kept here.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface

REMEMBERING = "understudy_remembering"


class Memory:
    """Keys and values of one prompt and of what was written after it, by layer; of several texts
    after the same prompt, which are of one length, once it was `spread`."""

    def __init__(self, room: int) -> None:
        self.texts = 1
        self._room = room
        self._layers: dict[int, tuple[Tensor, Tensor]] = {}
        self._used: dict[int, int] = {}

    @property
    def length(self) -> int:
        """Tokens of each text."""
        return self._used.get(0, 0)

    def spread(self, texts: int) -> None:
        """The same for so many texts, each of which goes on by itself."""
        self.texts = texts
        self._layers = {
            layer: (keys.repeat(texts, 1, 1, 1), values.repeat(texts, 1, 1, 1))
            for layer, (keys, values) in self._layers.items()
        }

    def add(self, layer: int, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        """All that there is now. Tensors are [texts, heads, tokens, size]."""
        if layer not in self._layers:
            # With room for the answer: growing would copy all of it at each token.
            self._layers[layer] = (self._empty(key), self._empty(value))
        keys, values = self._layers[layer]
        start = self._used.get(layer, 0)
        end = start + key.shape[2]
        keys[:, :, start:end] = key
        values[:, :, start:end] = value
        self._used[layer] = end
        return keys[:, :, :end], values[:, :, :end]

    def _empty(self, like: Tensor) -> Tensor:
        return like.new_empty((like.shape[0], like.shape[1], self._room, like.shape[3]))


def next_logits(model: Any, ids: Sequence[int], memories: Sequence[Memory]) -> Tensor:
    """Of the token after one prompt, or after the newest token of each text of several memories,
    which `ids` are: [texts, vocabulary]."""
    texts = sum(memory.texts for memory in memories)
    each = len(ids) // texts
    places = [
        memory.length + at for memory in memories for _ in range(memory.texts) for at in range(each)
    ]
    hidden: Tensor = model.model(
        input_ids=torch.tensor([ids], device=model.device),
        position_ids=torch.tensor([places], device=model.device),
        use_cache=False,
        memories=memories,
    ).last_hidden_state
    return model.lm_head(hidden[0, each - 1 :: each])


def remembering(
    module: Any,
    query: Any,
    key: Any,
    value: Any,
    attention_mask: Tensor | None,
    *,
    memories: Sequence[Memory],
    scaling: float | None = None,
    **_: Any,
) -> tuple[Tensor, None]:
    """Attention as transformers calls it, of tokens that belong to several texts in turn."""
    each = query.shape[2] // sum(memory.texts for memory in memories)
    scale = query.shape[-1] ** -0.5 if scaling is None else scaling
    parts: list[Tensor] = []
    start = 0
    for memory in memories:
        own = slice(start, start + memory.texts * each)
        start = own.stop
        asked, keys, values = (_by_text(of[:, :, own], memory.texts) for of in (query, key, value))
        keys, values = memory.add(module.layer_idx, keys, values)
        if each == 1 and asked.shape[1] == keys.shape[1]:
            # For one query plain products are three times as quick as torch's attention.
            shares = (asked * scale) @ keys.transpose(2, 3)
            found = shares.softmax(-1) @ values
        else:
            found = scaled_dot_product_attention(
                asked,
                keys,
                values,
                is_causal=each > 1,
                scale=scale,
                enable_gqa=asked.shape[1] != keys.shape[1],
            )
        # [texts, heads, tokens, size] to [1, texts · tokens, heads, size]
        parts.append(found.transpose(1, 2).flatten(0, 1)[None])
    return torch.cat(parts, dim=1), None


def _by_text(of: Tensor, texts: int) -> Tensor:
    """[1, heads, texts · tokens, size] to [texts, heads, tokens, size]"""
    apart: Tensor = of[0].view(of.shape[1], texts, -1, of.shape[3])
    return apart.transpose(0, 1)


_interface: Any = AttentionInterface
_interface.register(REMEMBERING, remembering)
