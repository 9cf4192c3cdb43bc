"""The gradient of one round: of compared answers, of preferences, and of what lessons led to.

    loss = policy gradient + preference_weight · DPO + lesson_weight · negative log-likelihood

each the mean of its own: over tokens, pairs and tokens. Texts behind the same prompt share it, so
that a group of eight costs about as much as one answer does.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

import torch
from torch import Tensor

from understudy_trainer.learn.abreast import streamed
from understudy_trainer.learn.packing import Row, pad
from understudy_trainer.reinforce.groups import Compared, Origin
from understudy_trainer.reinforce.pairs import Pair
from understudy_trainer.reinforce.policy import Policy
from understudy_trainer.reinforce.policy_gradient import policy_gradient
from understudy_trainer.reinforce.practised_lessons import Internalised
from understudy_trainer.reinforce.preference import dpo

Logprobs = tuple[float, float]
"""Of what is preferred, and of what was refused."""

PAIR_STEP = 128
"""Tokens to a multiple of which the row of a pair is filled, for the sake of few shapes."""


class Told(NamedTuple):
    tokens: int
    """Of the policy gradient."""
    truncated: float
    """Share of them."""


class _Text(NamedTuple):
    prompt: Sequence[int]
    tokens: Sequence[int]
    written: Sequence[float]
    """Log-probabilities when it was written; empty for what lessons led to."""
    advantage: float


def gradient(
    policy: Policy,
    compared: Sequence[Compared],
    pairs: Sequence[tuple[Pair, Logprobs]],
    led_to: Sequence[Internalised],
    *,
    preference_weight: float,
    lesson_weight: float,
    row_tokens: int,
) -> Told:
    """Leaves it at the policy's learner. With each pair stands what the parent finds of it."""
    texts = [*_of_groups(policy, compared), *(_of_lesson(policy, each) for each in led_to)]
    tokens = max(1, sum(len(each.written) for each in texts))
    of_lessons = max(1, sum(len(each.tokens) for each in texts if not each.written))

    def of_row(row: Row, members: Sequence[_Text]) -> tuple[Any, float]:
        owners = torch.tensor(row.owners)
        now = policy.logprobs(row)
        is_told = torch.tensor([not each.written for each in members])[owners].to(now.device)
        loss: Any = -lesson_weight * (now * is_told).sum() / of_lessons
        if bool(is_told.all()):
            return loss, 0.0
        told = policy_gradient(
            now[~is_told].unsqueeze(1),
            written=_numbers(now, (n for each in members for n in each.written)),
            advantages=_numbers(
                now, (each.advantage for each in members for _ in each.written)
            ).squeeze(1),
            counted=torch.ones_like(now[~is_told], dtype=torch.bool).unsqueeze(1),
            tokens=tokens,
        )
        return loss + told.loss, told.truncated * int((~is_told).sum())

    def of_preference(pair: Pair, parent: Logprobs) -> tuple[Any, float]:
        chosen, rejected = of_pair(policy, pair)
        losses = dpo(
            chosen,
            rejected,
            parent_chosen=torch.tensor(parent[0]),
            parent_rejected=torch.tensor(parent[1]),
        )
        return preference_weight * losses / len(pairs), 0.0

    def passed(part: Callable[[], tuple[Any, float]]) -> tuple[Sequence[Tensor | None], float]:
        loss, truncated = part()
        return policy.learner.gradients_of(loss), truncated

    parts = [
        *(partial(of_row, row, members) for row, members in _rows(texts, row_tokens)),
        *(partial(of_preference, pair, parent) for pair, parent in pairs),
    ]
    truncated = 0.0
    for grads, cut in streamed(passed, parts, model=policy.learner.computing):
        policy.learner.add_gradients(grads)
        truncated += cut
    return Told(tokens, truncated / tokens)


def found_by_parent(policy: Policy, pairs: Iterable[Pair]) -> list[Logprobs]:
    """What the policy as it is now finds of pairs."""

    def found(pair: Pair) -> Logprobs:
        with torch.inference_mode():  # a thread's own
            chosen, rejected = of_pair(policy, pair)
            return float(chosen), float(rejected)

    return list(streamed(found, pairs, model=policy.learner.computing))


def _of_groups(policy: Policy, groups: Iterable[Compared]) -> Iterator[_Text]:
    for group, advantages in groups:
        fresh = policy.prompt(group.example)
        for candidate, advantage in zip(group.candidates, advantages, strict=True):
            prompt = fresh
            if candidate.origin is Origin.SERVED:
                # Each text behind the prompt that it was written behind: its probability then and
                # now would else be those of two questions.
                prompt = policy.prompt_as_served(group.example, candidate.prompt_tokens)
            tokens = candidate.tokens[: len(candidate.logprobs)]
            yield _Text(prompt.ids, tokens, candidate.logprobs, advantage)


def _of_lesson(policy: Policy, each: Internalised) -> _Text:
    return _Text(policy.prompt(each.example).ids, each.tokens, (), 0.0)


def of_pair(policy: Policy, pair: Pair) -> tuple[Tensor, Tensor]:
    """Log-probabilities of what is preferred and of what was refused, each of the whole text."""
    prompt = policy.prompt(pair.example)
    row = Row()
    both = (pair.example.middle, pair.rejected)
    row.put_behind(prompt.ids, [policy.tokens_of(text, prompt) for text in both])
    now = policy.logprobs(pad(row, -(-len(row.ids) // PAIR_STEP) * PAIR_STEP))
    is_chosen = torch.tensor(row.owners, device=now.device) == 0
    return (now * is_chosen).sum(), (now * ~is_chosen).sum()


def _rows(texts: Iterable[_Text], row_tokens: int) -> Iterator[tuple[Row, list[_Text]]]:
    """Filled as they come; a prompt and its texts that are longer than a row have one of their
    own."""
    behind: dict[tuple[int, ...], list[_Text]] = defaultdict(list)
    for text in texts:
        behind[tuple(text.prompt)].append(text)
    row, members = Row(), list[_Text]()
    for prompt, some in behind.items():
        tokens = [text.tokens for text in some]
        if members and len(row.ids) + len(prompt) + sum(map(len, tokens)) + len(some) > row_tokens:
            yield pad(row, row_tokens), members
            row, members = Row(), []
        row.put_behind(prompt, tokens)
        members += some
    if members:
        yield pad(row, row_tokens), members


def _numbers(like: Tensor, values: Iterable[float]) -> Tensor:
    """[values, 1]"""
    return torch.tensor(list(values), dtype=torch.float32, device=like.device).unsqueeze(1)
