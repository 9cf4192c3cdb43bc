"""What `bench preference` measures, on a tiny model."""

from pathlib import Path

import torch
from tiny_models import SMALL, example, tiny_model

from understudy_releases.fingerprint import fingerprint
from understudy_trainer.bench.preference import ARMS, SEEDS, Size, Told, kto_gradient, measure
from understudy_trainer.learn.learner import new_learner
from understudy_trainer.learn.rendering import load_form
from understudy_trainer.reinforce.objectives import found_by_parent
from understudy_trainer.reinforce.pairs import Pair
from understudy_trainer.reinforce.policy import Policy


def test_every_arm_is_asked_the_same_holes(tmp_path: Path) -> None:
    result = measure(
        tiny_model(tmp_path), Size(start_steps=1, steps=2), seeds=SEEDS[:1], progress=lambda _: None
    )
    figures = result.figures
    for field in Told._fields:
        for beside in ("", "policy_"):
            gain = figures[f"{field}_{beside}dpo"] - figures[f"{field}_{beside}kto"]
            told = f"{beside}{field}_dpo_over_kto"
            assert abs(figures[told] - gain) < 1e-6
            assert figures[f"{told}_low"] <= figures[told] <= figures[f"{told}_high"]
    # A pair says more than nothing, by either loss and in two steps.
    assert figures["margin_dpo"] > figures["margin_none"]
    assert figures["margin_kto"] > figures["margin_none"]
    assert {f"exact_{arm}" for arm in ARMS} < figures.keys()


def test_a_step_of_kto_prefers_what_is_preferred(tmp_path: Path) -> None:
    base = tiny_model(tmp_path)
    learner = new_learner(base, SMALL, parent=None, digest=fingerprint(base), seed=0)
    policy = Policy(learner, load_form(base), repository="shop", prompt_tokens=160, most_tokens=6)
    pairs = [Pair(example(number), "price * 2") for number in range(2)]
    others = [Pair(example(1), "sum(items)"), Pair(example(0), "sum(items)")]
    before = torch.tensor(found_by_parent(policy, pairs))
    kto_gradient(
        policy,
        list(zip(pairs, found_by_parent(policy, pairs), strict=True)),
        list(zip(others, found_by_parent(policy, others), strict=True)),
        weight=1.0,
    )
    policy.learner.update(1e-3)
    gained = torch.tensor(found_by_parent(policy, pairs)) - before
    assert bool((gained[:, 0] > gained[:, 1]).all())
