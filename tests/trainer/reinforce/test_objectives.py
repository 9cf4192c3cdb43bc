"""What a step of each objective does to the probabilities that it is about."""

import math
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest
import torch
from tiny_models import SMALL, example, tiny_model

from understudy_releases.fingerprint import fingerprint
from understudy_trainer.curriculum.example import Example
from understudy_trainer.learn.learner import new_learner
from understudy_trainer.learn.packing import Row
from understudy_trainer.learn.rendering import Rendered, load_form
from understudy_trainer.reinforce.groups import Candidate, Compared, Group, Origin, advantages
from understudy_trainer.reinforce.objectives import found_by_parent, gradient
from understudy_trainer.reinforce.pairs import Pair
from understudy_trainer.reinforce.policy import Policy
from understudy_trainer.reinforce.practised_lessons import Internalised


@pytest.fixture
def policy(tmp_path: Path) -> Policy:
    base = tiny_model(tmp_path)
    learner = new_learner(base, SMALL, parent=None, digest=fingerprint(base), seed=0)
    return Policy(learner, load_form(base), repository="shop", prompt_tokens=160, most_tokens=6)


def logprob(policy: Policy, asked: Example, tokens: Sequence[int]) -> float:
    prompt = policy.prompt(asked)
    row = Row()
    row.put(Rendered([*prompt.ids, *tokens], len(prompt.ids)))
    with torch.no_grad():
        return float(policy.logprobs(row).sum())


def compared(policy: Policy, asked: Example, rewards: Sequence[float]) -> Compared:
    (texts,) = policy.rollouts([policy.prompt(asked)], each=len(rewards), seed=0)
    candidates = tuple(
        Candidate(text.text, tuple(text.tokens), tuple(text.logprobs), reward, Origin.ROLLOUT, None)
        for text, reward in zip(texts, rewards, strict=True)
    )
    return Compared(Group(asked, candidates), advantages(rewards))


def gradients(policy: Policy) -> dict[str, torch.Tensor]:
    return {
        name: each.grad.clone()
        for name, each in policy.learner.masters.items()
        if each.grad is not None
    }


def scatter(policy: Policy, size: float) -> None:
    """Weights of an adapter that has learned something, so that both of its halves have
    gradients."""
    dice = torch.Generator().manual_seed(1)
    policy.learner.begin_at(
        {
            name: each + size * torch.randn(each.shape, generator=dice)
            for name, each in policy.learner.masters.items()
        }
    )


def older(found: Compared, *, by: float) -> Compared:
    """As if the model had found its answers less probable when it wrote them."""
    candidates = tuple(
        msgspec.structs.replace(each, logprobs=tuple(logprob - by for logprob in each.logprobs))
        for each in found.group.candidates
    )
    return Compared(Group(found.group.example, candidates), found.advantages)


def served(found: Compared, prompt_tokens: int) -> Compared:
    """As if people had been shown all of them."""
    candidates = tuple(
        msgspec.structs.replace(each, origin=Origin.SERVED, prompt_tokens=prompt_tokens)
        for each in found.group.candidates
    )
    return Compared(Group(found.group.example, candidates), found.advantages)


def texts_of(
    policy: Policy, groups: Sequence[Compared]
) -> list[tuple[Sequence[int], tuple[int, ...], tuple[float, ...], float]]:
    """Ids of the prompt, tokens, log-probabilities when they were written, advantage."""
    return [
        (
            policy.prompt(found.group.example).ids,
            each.tokens,
            each.logprobs,
            advantage,
        )
        for found in groups
        for each, advantage in zip(found.group.candidates, found.advantages, strict=True)
    ]


def tokens_of(
    policy: Policy, prompt: Sequence[int], tokens: Sequence[int], written: Sequence[float]
) -> torch.Tensor:
    """Log-probability of each token that had one."""
    row = Row()
    row.put(Rendered([*prompt, *tokens[: len(written)]], len(prompt)))
    with torch.no_grad():
        return policy.logprobs(row)


def gradients_of(policy: Policy, group: Compared) -> dict[str, torch.Tensor]:
    gradient(policy, [group], (), (), preference_weight=1.0, lesson_weight=1.0, row_tokens=512)
    found = gradients(policy)
    policy.learner.forget_gradients()
    return found


def step(policy: Policy, groups=(), pairs=(), led_to=(), *, row_tokens: int = 512) -> float:
    told = gradient(
        policy,
        groups,
        pairs,
        led_to,
        preference_weight=1.0,
        lesson_weight=1.0,
        row_tokens=row_tokens,
    )
    policy.learner.update(1e-3)
    return told.truncated


def test_what_was_better_becomes_more_probable_than_what_was_worse(policy: Policy) -> None:
    found = compared(policy, example(0), [1.0, -0.2, -0.2])
    better, worse, _ = found.group.candidates
    before = [logprob(policy, example(0), each.tokens) for each in (better, worse)]
    assert step(policy, [found]) == 0.0
    after = [logprob(policy, example(0), each.tokens) for each in (better, worse)]
    assert after[0] > before[0]
    assert after[0] - before[0] > after[1] - before[1]


def test_a_row_that_is_too_short_for_all_gives_the_same_gradient(policy: Policy) -> None:
    groups = [compared(policy, example(number), [1.0, -0.2, 0.1]) for number in range(3)]
    found: list[dict[str, torch.Tensor]] = []
    for row_tokens in (200, 2_000):
        gradient(
            policy,
            groups,
            (),
            (),
            preference_weight=1.0,
            lesson_weight=1.0,
            row_tokens=row_tokens,
        )
        found.append(gradients(policy))
        policy.learner.forget_gradients()
    assert max(float(each.abs().max()) for each in found[0].values()) > 1e-3
    torch.testing.assert_close(found[0], found[1], rtol=1e-4, atol=1e-6)


def test_what_was_served_is_read_behind_the_prompt_that_it_was_served_behind(
    policy: Policy,
) -> None:
    """The gateway's prompts are longer than those that practice asks with."""
    scatter(policy, 0.05)
    wide = Policy(policy.learner, policy.form, repository="shop", prompt_tokens=1024, most_tokens=6)
    long = msgspec.structs.replace(example(3), prefix="# a long way\n" * 80 + example(3).prefix)
    then = wide.prompt(long)
    assert len(then.ids) > 2 * len(policy.prompt(long).ids)
    found = compared(wide, long, [1.0, -0.25])
    right = gradients_of(wide, found)
    torch.testing.assert_close(gradients_of(policy, served(found, len(then.ids))), right)
    with pytest.raises(AssertionError):
        torch.testing.assert_close(gradients_of(policy, found), right)


def test_the_gradient_is_that_of_the_loss_by_finite_differences(policy: Policy) -> None:
    """The loss is computed here by its formula, a text at a time and without a gradient; all
    three objectives are in it, and answers that are older than the model."""
    scatter(policy, 0.05)
    groups = [
        older(compared(policy, example(0), [1.0, -0.2, 0.1]), by=0.4),
        older(compared(policy, example(1), [-0.2, 1.0]), by=3.0),
    ]
    led_to = [Internalised(example(2), (11, 12, 13)), Internalised(example(4), (14,))]
    all_pairs = [Pair(example(0), "sum(items)"), Pair(example(5), "price * 2")]
    parents = [(-20.0, -10.0), (-30.0, -31.0)]
    at = {name: each.clone() for name, each in policy.learner.masters.items()}
    begun = [tokens_of(policy, *each[:3]) for each in texts_of(policy, groups)]

    def loss() -> float:
        texts = texts_of(policy, groups)
        counted = sum(len(written) for _, _, written, _ in texts)
        value = 0.0
        for (prompt, tokens, written, advantage), first in zip(texts, begun, strict=True):
            now = tokens_of(policy, prompt, tokens, written)
            weight = (first - torch.tensor(written)).exp().clamp(max=2.0)
            value -= float((weight * (now - first).exp() * advantage).sum()) / counted
        for pair, parent in zip(all_pairs, parents, strict=True):
            gained = [
                logprob(policy, pair.example, policy.tokens_of(text, policy.prompt(pair.example)))
                for text in (pair.example.middle, pair.rejected)
            ]
            margin = 0.1 * ((gained[0] - parent[0]) - (gained[1] - parent[1]))
            value += 0.7 * math.log1p(math.exp(-margin)) / len(all_pairs)
        nats = sum(logprob(policy, each.example, each.tokens) for each in led_to)
        return value - 0.3 * nats / sum(len(each.tokens) for each in led_to)

    gradient(
        policy,
        groups,
        list(zip(all_pairs, parents, strict=True)),
        led_to,
        preference_weight=0.7,
        lesson_weight=0.3,
        row_tokens=400,
    )
    found = gradients(policy)
    policy.learner.forget_gradients()
    length = math.sqrt(sum(float((each**2).sum()) for each in found.values()))
    uphill = {name: each / length for name, each in found.items()}
    aside = {
        name: torch.randn(each.shape, generator=torch.Generator().manual_seed(number))
        for number, (name, each) in enumerate(found.items())
    }
    for way in (uphill, aside):
        size = math.sqrt(sum(float((each**2).sum()) for each in way.values()))
        step_size = 5e-3 / size
        ends: list[float] = []
        for sign in (1, -1):
            policy.learner.begin_at(
                {name: at[name] + sign * step_size * each for name, each in way.items()}
            )
            ends.append(loss())
        expected = sum(float((found[name] * each).sum()) for name, each in way.items())
        assert (ends[0] - ends[1]) / (2 * step_size) == pytest.approx(
            expected, rel=2e-2, abs=2e-3 * length * size
        )


def test_what_a_lesson_led_to_becomes_more_probable(policy: Policy) -> None:
    tokens = (11, 12, 13)
    before = logprob(policy, example(0), tokens)
    step(policy, led_to=[Internalised(example(0), tokens)])
    assert logprob(policy, example(0), tokens) > before


def test_what_people_wrote_gains_over_what_they_refused(policy: Policy) -> None:
    pair = Pair(example(0), "sum(items)")
    (parent,) = found_by_parent(policy, [pair])
    for _ in range(3):
        step(policy, pairs=[(pair, parent)])
    (now,) = found_by_parent(policy, [pair])
    assert now[0] - now[1] > parent[0] - parent[1]


def test_old_answers_count_for_no_more_than_twice(policy: Policy) -> None:
    found = compared(policy, example(0), [1.0, -0.2])
    assert step(policy, [older(found, by=3.0)]) == 1.0
