"""A model that learns, as one that writes: fresh answers, and how probable it finds given ones."""

from collections.abc import Sequence

import torch
from torch import Tensor

from understudy_protocol import fim
from understudy_trainer.curriculum.example import Example
from understudy_trainer.learn.attention import PACKED, counted_losses
from understudy_trainer.learn.learner import Learner
from understudy_trainer.learn.losses import PROMPT_TOKENS
from understudy_trainer.learn.memory_of_prompts import REMEMBERING
from understudy_trainer.learn.packing import Row
from understudy_trainer.learn.rendering import Form, prompt_of
from understudy_trainer.learn.writing import Choose, Written, drawn_by_chance, likeliest, written
from understudy_trainer.reinforce.through_engines import ThroughEngines

SIDE_BY_SIDE = 8
"""Prompts whose answers are written at a time."""


class Policy:
    """What `learner` has learned so far, always its newest weights."""

    def __init__(
        self,
        learner: Learner,
        form: Form,
        *,
        repository: str,
        prompt_tokens: int,
        most_tokens: int,
        engines: ThroughEngines | None = None,
    ) -> None:
        """Fresh answers are drawn by `engines` as long as these answer."""
        self.learner = learner
        self.form = form
        self._model = learner.computing
        self._repository = repository
        self._prompt_tokens = prompt_tokens
        self._most_tokens = most_tokens
        self._engines = engines

    def prompt(self, example: Example) -> fim.Prompt:
        return prompt_of(
            example, self.form, repository=self._repository, prompt_tokens=self._prompt_tokens
        )

    def prompt_as_served(self, example: Example, prompt_tokens: int) -> fim.Prompt:
        """The prompt that the gateway asked with, mostly a longer one. It had `prompt_tokens`; if
        this one has not, it is another."""
        return prompt_of(
            example,
            self.form,
            repository=self._repository,
            prompt_tokens=max(PROMPT_TOKENS, prompt_tokens),
        )

    def tokens_of(self, text: str, prompt: fim.Prompt) -> Sequence[int]:
        return fim.middle_ids(prompt, text, fmt=self.form.fmt, tokenizer=self.form.tokenizer)

    def rollouts(
        self,
        prompts: Sequence[fim.Prompt],
        *,
        each: int,
        seed: int,
        most_tokens: int | None = None,
    ) -> list[list[Written]]:
        """`each` answers to every prompt, to the end of the line, drawn at temperature 1: without
        engines the same for the same weights and seed."""
        most = most_tokens or self._most_tokens
        if self._engines is not None:
            found = self._engines.answers(
                self.learner,
                prompts,
                self.form,
                each=each,
                most_tokens=most,
                seed=seed,
            )
            if found is not None:
                return found
        generator = torch.Generator(self._model.device).manual_seed(seed)
        return self._written(prompts, drawn_by_chance(generator), each, most)

    def greedy(self, examples: Sequence[Example]) -> list[str]:
        """What a person would be shown."""
        prompts = [self.prompt(each) for each in examples]
        return [only.text for (only,) in self._written(prompts, likeliest, 1, self._most_tokens)]

    def _written(
        self, prompts: Sequence[fim.Prompt], choose: Choose, each: int, most_tokens: int
    ) -> list[list[Written]]:
        self._model.set_attn_implementation(REMEMBERING)
        try:
            return [
                texts
                for start in range(0, len(prompts), SIDE_BY_SIDE)
                for texts in written(
                    self._model,
                    prompts[start : start + SIDE_BY_SIDE],
                    self.form,
                    choose=choose,
                    texts=each,
                    most_tokens=most_tokens,
                )
            ]
        finally:
            self._model.set_attn_implementation(PACKED)

    def logprobs(self, row: Row) -> Tensor:
        """Of each counted token of the row."""
        return -counted_losses(self._model, row)
