"""What a base model, with an adapter or without, writes into the holes of examples.

What a person would be shown, made here in one process without an engine: always the likeliest
token, to the end of the line.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import torch

from understudy_trainer.curriculum.example import Example
from understudy_trainer.learn.abreast import streamed
from understudy_trainer.learn.losses import PROMPT_TOKENS, load_for_scoring
from understudy_trainer.learn.matmul import faster_type
from understudy_trainer.learn.memory_of_prompts import REMEMBERING
from understudy_trainer.learn.rendering import load_form, prompt_of
from understudy_trainer.learn.writing import MOST_TOKENS, likeliest, written

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

    def answered(group: Sequence[Example]) -> list[str]:
        prompts = [
            prompt_of(each, form, repository=repository, prompt_tokens=prompt_tokens)
            for each in group
        ]
        texts = written(model, prompts, form, choose=likeliest, most_tokens=most_tokens)
        return [only.text for (only,) in texts]

    for texts in streamed(answered, _groups(examples), model=model):
        found += texts
        progress(len(found))
    return found


def _groups(examples: Sequence[Example]) -> Iterator[Sequence[Example]]:
    for start in range(0, len(examples), SIDE_BY_SIDE):
        yield examples[start : start + SIDE_BY_SIDE]
