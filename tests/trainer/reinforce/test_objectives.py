"""What a step of each objective does to the probabilities that it is about."""

from collections.abc import Sequence
from pathlib import Path

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
    sums: list[dict[str, float]] = []
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
        sums.append(
            {
                name: float(each.grad.sum())
                for name, each in policy.learner.masters.items()
                if each.grad is not None
            }
        )
        policy.learner.forget_gradients()
    assert sums[0] == pytest.approx(sums[1], abs=1e-4)


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
    old = [
        Candidate(
            each.text,
            each.tokens,
            tuple(logprob - 3.0 for logprob in each.logprobs),
            each.reward,
            Origin.SERVED,
            None,
        )
        for each in found.group.candidates
    ]
    assert step(policy, [Compared(Group(example(0), tuple(old)), found.advantages)]) == 1.0
