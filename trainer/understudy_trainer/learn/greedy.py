"""What a base model, with an adapter or without, writes into the holes of examples.

What a person would be shown, made here in one process without an engine: always the likeliest
token, to the end of the line. Each prompt is read on its own and the answers are written side by
side, a token of each at a time, because a model reads its weights once for all of them.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface

from understudy_protocol import fim
from understudy_trainer.curriculum.example import Example
from understudy_trainer.learn.losses import PROMPT_TOKENS, load_for_scoring
from understudy_trainer.learn.matmul import faster_type
from understudy_trainer.learn.rendering import Form, load_form, prompt_of

MOST_TOKENS = 24
"""Enough for nine of ten lines."""

REMEMBERING = "understudy_remembering"

SIDE_BY_SIDE = 16
"""Answers. What has been read of each prompt is kept meanwhile: some 40 MB of a small model."""


def answers(
    examples: Sequence[Example],
    *,
    base: Path,
    adapter: Path | None = None,
    repository: str = "",
    prompt_tokens: int = PROMPT_TOKENS,
    most_tokens: int = MOST_TOKENS,
    fim_format: str | None = None,
    numbers: torch.dtype | None = None,
    progress: Callable[[int], None] = lambda done: None,
) -> list[str]:
    """In the order of the examples, without blanks at the end. `numbers` is the type to compute
    with, None the one that this machine multiplies faster. `progress` is told how many are done.

    Raises ConfigError for a base model or an adapter that does not fit.
    """
    form = load_form(base, fim_format)
    model = load_for_scoring(base, adapter=adapter)
    model = model.to(numbers or faster_type(model, prompt_tokens))
    model.set_attn_implementation(REMEMBERING)
    found: list[str] = []
    for group in _groups(examples):
        prompts = [
            prompt_of(each, form, repository=repository, prompt_tokens=prompt_tokens)
            for each in group
        ]
        with torch.inference_mode():
            found += _written(model, prompts, form, most_tokens=most_tokens)
        progress(len(found))
    return found


def _written(
    model: Any, prompts: Sequence[fim.Prompt], form: Form, *, most_tokens: int
) -> list[str]:
    stops = {form.tokenizer.token_id(name) for name in form.fmt.stops}
    memories = [Memory(len(prompt.ids) + most_tokens) for prompt in prompts]
    newest = [
        _next_ids(model, prompt.ids, [memory])[0]
        for prompt, memory in zip(prompts, memories, strict=True)
    ]
    written: list[list[int]] = [[] for _ in prompts]
    open_ones = list(range(len(prompts)))
    while True:
        still: list[int] = []
        for which, token in zip(open_ones, newest, strict=True):
            if token in stops:
                continue
            written[which].append(token)
            line = _first_line(form.tokenizer.decode(written[which]))
            if line is None and len(written[which]) < most_tokens:
                still.append(which)
        open_ones = still
        if not open_ones:
            break
        last = [written[which][-1] for which in open_ones]
        newest = _next_ids(model, last, [memories[which] for which in open_ones])
    return [
        _answer(form.tokenizer.decode(ids), prompt)
        for ids, prompt in zip(written, prompts, strict=True)
    ]


def _answer(text: str, prompt: fim.Prompt) -> str:
    line = _first_line(text)
    return fim.clean(text if line is None else line, prompt).rstrip()


def _first_line(text: str) -> str | None:
    """Up to the first line break after something that is not blank; None if it is not there."""
    begin = len(text) - len(text.lstrip())
    end = text.find("\n", begin)
    return None if end < 0 else text[:end]


class Memory:
    """Keys and values of what was read of one prompt and written after it, by layer."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._layers: dict[int, tuple[Tensor, Tensor]] = {}
        self._used: dict[int, int] = {}

    @property
    def length(self) -> int:
        return self._used.get(0, 0)

    def add(self, layer: int, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        """All that there is now. Tensors are [1, heads, tokens, size]."""
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
        return like.new_empty((1, like.shape[1], self._room, like.shape[3]))


def _next_ids(model: Any, ids: Sequence[int], memories: Sequence[Memory]) -> list[int]:
    """The likeliest token after one prompt, or after the newest token of each of several."""
    each = len(ids) // len(memories)
    places = [memory.length + at for memory in memories for at in range(each)]
    hidden: Tensor = model.model(
        input_ids=torch.tensor([ids], device=model.device),
        position_ids=torch.tensor([places], device=model.device),
        use_cache=False,
        memories=memories,
    ).last_hidden_state
    logits: Tensor = model.lm_head(hidden[0, each - 1 :: each])
    return [int(token) for token in logits.argmax(-1)]


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
    """Attention as transformers calls it, of tokens that belong to several prompts in turn."""
    each = query.shape[2] // len(memories)
    parts: list[Tensor] = []
    for number, memory in enumerate(memories):
        own = slice(number * each, (number + 1) * each)
        keys, values = memory.add(module.layer_idx, key[:, :, own], value[:, :, own])
        if each == 1 and query.shape[1] == keys.shape[1]:
            # For one query plain products are three times as quick as torch's attention.
            scale = query.shape[-1] ** -0.5 if scaling is None else scaling
            shares = (query[0, :, own] * scale) @ keys[0].transpose(1, 2)
            parts.append((shares.softmax(-1) @ values[0])[None])
            continue
        parts.append(
            scaled_dot_product_attention(
                query[:, :, own],
                keys,
                values,
                is_causal=each > 1,
                scale=scaling,
                enable_gqa=query.shape[1] != keys.shape[1],
            )
        )
    return torch.cat(parts, dim=2).transpose(1, 2), None


def _groups(examples: Sequence[Example]) -> Iterator[Sequence[Example]]:
    for start in range(0, len(examples), SIDE_BY_SIDE):
        yield examples[start : start + SIDE_BY_SIDE]


_interface: Any = AttentionInterface
_interface.register(REMEMBERING, remembering)
