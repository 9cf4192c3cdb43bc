"""What a model writes after prompts, a token of each text at a time, to the end of the line.

Each prompt is read on its own and the texts are written side by side, because a model reads its
weights once for all of them.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from understudy_protocol import fim
from understudy_trainer.learn.memory_of_prompts import Memory, next_logits
from understudy_trainer.learn.rendering import Form

MOST_TOKENS = 24
"""Enough for nine of ten lines."""

Choose = Callable[[Tensor], tuple[list[int], list[float]]]
"""From logits [texts, vocabulary] a token for each text, and its log-probability."""


class Written(NamedTuple):
    tokens: list[int]
    """With what ended the text: a stop token, or the one that holds the end of the line."""
    logprobs: list[float]
    text: str
    """The first line that is not blank, without the blank that the prompt had healed."""


def likeliest(logits: Tensor) -> tuple[list[int], list[float]]:
    """Without their log-probabilities, which nobody needs: 0 each."""
    ids = [int(each) for each in logits.argmax(-1)]
    return ids, [0.0] * len(ids)


def drawn_by_chance(generator: torch.Generator) -> Choose:
    """At temperature 1, so that log-probabilities are those of the model itself."""

    def choose(logits: Tensor) -> tuple[list[int], list[float]]:
        logprobs = logits.float().log_softmax(-1)
        ids = torch.multinomial(logprobs.exp(), 1, generator=generator)
        found = logprobs.gather(1, ids)[:, 0]
        return [int(each) for each in ids[:, 0]], [float(each) for each in found]

    return choose


def written(
    model: Any,
    prompts: Sequence[fim.Prompt],
    form: Form,
    *,
    choose: Choose,
    texts: int = 1,
    most_tokens: int = MOST_TOKENS,
) -> list[list[Written]]:
    """For each prompt so many texts. The model's attention is `REMEMBERING`."""
    stops = {form.tokenizer.token_id(name) for name in form.fmt.stops}
    memories: list[Memory] = []
    found: list[list[_Open]] = []
    newest: list[int] = []
    with torch.inference_mode():
        for prompt in prompts:
            memory = Memory(len(prompt.ids) + most_tokens)
            logits = next_logits(model, prompt.ids, [memory]).expand(texts, -1)
            memory.spread(texts)
            memories.append(memory)
            found.append([_Open() for _ in range(texts)])
            newest += _take(choose, logits, found[-1], form, stops, most_tokens)
        open_ones = _still_open(found)
        while open_ones:
            asked = [memories[which] for which in open_ones]
            ids = [newest[which * texts + at] for which in open_ones for at in range(texts)]
            logits = next_logits(model, ids, asked)
            rows = [each for which in open_ones for each in found[which]]
            taken = _take(choose, logits, rows, form, stops, most_tokens)
            for number, which in enumerate(open_ones):
                newest[which * texts : (which + 1) * texts] = taken[
                    number * texts : (number + 1) * texts
                ]
            open_ones = _still_open(found)
    return [
        [Written(each.tokens, each.logprobs, _answer(each.text, prompt)) for each in group]
        for group, prompt in zip(found, prompts, strict=True)
    ]


def as_written(
    tokens: Iterable[int],
    logprobs: Iterable[float],
    prompt: fim.Prompt,
    form: Form,
    *,
    most_tokens: int,
) -> Written:
    """What another engine wrote, up to where `written` would have ended."""
    stops = {form.tokenizer.token_id(name) for name in form.fmt.stops}
    row = _Open()
    for token, logprob in zip(tokens, logprobs, strict=True):
        if not row.ended:
            row.add(token, logprob, form, stops, most_tokens)
    return Written(row.tokens, row.logprobs, _answer(row.text, prompt))


class _Open:
    """A text that is being written."""

    def __init__(self) -> None:
        self.tokens: list[int] = []
        self.logprobs: list[float] = []
        self.text = ""
        self.ended = False

    def add(
        self, token: int, logprob: float, form: Form, stops: set[int | None], most_tokens: int
    ) -> None:
        self.tokens.append(token)
        self.logprobs.append(logprob)
        if token in stops:
            self.ended = True
            return
        text = form.tokenizer.decode(self.tokens)
        line = _first_line(text)
        self.text = text if line is None else line
        self.ended = line is not None or len(self.tokens) >= most_tokens


def _take(
    choose: Choose,
    logits: Tensor,
    rows: Sequence[_Open],
    form: Form,
    stops: set[int | None],
    most_tokens: int,
) -> list[int]:
    """Adds a token to each text. One that has ended gets tokens, too, as long as its prompt has
    others: nobody looks at them."""
    ids, logprobs = choose(logits)
    for row, token, logprob in zip(rows, ids, logprobs, strict=True):
        if not row.ended:
            row.add(token, logprob, form, stops, most_tokens)
    return ids


def _still_open(found: Sequence[Sequence[_Open]]) -> list[int]:
    return [which for which, group in enumerate(found) if not all(each.ended for each in group)]


def _answer(text: str, prompt: fim.Prompt) -> str:
    return fim.clean(text, prompt).rstrip()


def _first_line(text: str) -> str | None:
    """Up to the first line break after something that is not blank; None if it is not there."""
    begin = len(text) - len(text.lstrip())
    end = text.find("\n", begin)
    return None if end < 0 else text[:end]
