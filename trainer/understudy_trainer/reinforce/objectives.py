"""The gradient of one round: of compared answers, of preferences, and of what lessons led to.

    loss = policy gradient + preference_weight · DPO + lesson_weight · negative log-likelihood

each the mean of its own: over tokens, pairs and tokens.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from understudy_protocol import fim
from understudy_trainer.learn.packing import Row, pad
from understudy_trainer.learn.rendering import Rendered
from understudy_trainer.reinforce.groups import Compared, Origin
from understudy_trainer.reinforce.pairs import Pair
from understudy_trainer.reinforce.policy import Policy
from understudy_trainer.reinforce.policy_gradient import policy_gradient
from understudy_trainer.reinforce.practised_lessons import Internalised
from understudy_trainer.reinforce.preference import dpo

Logprobs = tuple[float, float]
"""Of what is preferred, and of what was refused."""


class Told(NamedTuple):
    tokens: int
    """Of the policy gradient."""
    truncated: float
    """Share of them."""


class _Text(NamedTuple):
    rendered: Rendered
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
    of_lessons = max(1, sum(_length(each) for each in texts if not each.written))
    truncated = 0.0
    for row, members in _rows(texts, row_tokens):
        owners = torch.tensor(row.owners)
        now = policy.logprobs(row)
        is_told = torch.tensor([not each.written for each in members])[owners].to(now.device)
        loss: Any = -lesson_weight * (now * is_told).sum() / of_lessons
        if not bool(is_told.all()):
            told = policy_gradient(
                now[~is_told].unsqueeze(1),
                written=_numbers(now, (n for each in members for n in each.written)),
                advantages=_numbers(
                    now, (each.advantage for each in members for _ in each.written)
                ).squeeze(1),
                counted=torch.ones_like(now[~is_told], dtype=torch.bool).unsqueeze(1),
                tokens=tokens,
            )
            loss = loss + told.loss
            truncated += told.truncated * int((~is_told).sum())
        loss.backward()
        policy.learner.take_gradients()
    for pair, parent in pairs:
        chosen, rejected = of_pair(policy, pair)
        losses = dpo(
            chosen,
            rejected,
            parent_chosen=torch.tensor(parent[0]),
            parent_rejected=torch.tensor(parent[1]),
        )
        loss = preference_weight * losses / len(pairs)
        loss.backward()
        policy.learner.take_gradients()
    return Told(tokens, truncated / tokens)


def found_by_parent(policy: Policy, pairs: Iterable[Pair]) -> list[Logprobs]:
    """What the policy as it is now finds of pairs."""
    with torch.inference_mode():
        both = [of_pair(policy, pair) for pair in pairs]
    return [(float(chosen), float(rejected)) for chosen, rejected in both]


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
            yield _Text(_rendered(prompt, tokens), candidate.logprobs, advantage)


def _of_lesson(policy: Policy, each: Internalised) -> _Text:
    return _Text(_rendered(policy.prompt(each.example), each.tokens), (), 0.0)


def of_pair(policy: Policy, pair: Pair) -> tuple[Tensor, Tensor]:
    """Log-probabilities of what is preferred and of what was refused, each of the whole text."""
    prompt = policy.prompt(pair.example)
    row = Row()
    for text in (pair.example.middle, pair.rejected):
        row.put(_rendered(prompt, policy.tokens_of(text, prompt)))
    now = policy.logprobs(row)
    is_chosen = torch.tensor(row.owners, device=now.device) == 0
    return (now * is_chosen).sum(), (now * ~is_chosen).sum()


def _rendered(prompt: fim.Prompt, tokens: Sequence[int]) -> Rendered:
    return Rendered([*prompt.ids, *tokens], len(prompt.ids))


def _rows(texts: Sequence[_Text], row_tokens: int) -> Iterator[tuple[Row, list[_Text]]]:
    """Filled as they come; a text that is longer than a row has one of its own."""
    row, members = Row(), list[_Text]()
    for text in texts:
        if members and len(row.ids) + len(text.rendered.ids) > row_tokens:
            yield pad(row, row_tokens), members
            row, members = Row(), []
        row.put(text.rendered)
        members.append(text)
    if members:
        yield pad(row, row_tokens), members


def _length(text: _Text) -> int:
    return len(text.rendered.ids) - text.rendered.first


def _numbers(like: Tensor, values: Iterable[float]) -> Tensor:
    """[values, 1]"""
    return torch.tensor(list(values), dtype=torch.float32, device=like.device).unsqueeze(1)
