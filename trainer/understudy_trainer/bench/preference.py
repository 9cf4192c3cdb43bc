"""`bench preference`: which loss learns more from what people preferred to what they refused?

A made-up repository (`planted`) whose five conventions have changed. A model learns the old ones,
as a night would teach it, and so writes what is refused now. From there it takes as many steps on
the same pairs, drawn in the same order, by DPO and by KTO: with nothing else, and with the weight
that they have beside the policy gradient (`reinforce.mel`). Afterwards it is asked holes of the
same conventions that no pair is about.
"""

import random
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import msgspec
import numpy as np
import torch

from understudy_protocol.bench import BenchResult, Limit, Progress
from understudy_releases.fingerprint import fingerprint
from understudy_releases.paths import embedded_model
from understudy_trainer.bench.conventions import taught
from understudy_trainer.bench.planted import CONVENTIONS, NOUNS, written_before, written_since
from understudy_trainer.curriculum.example import Example
from understudy_trainer.learn.learner import new_learner
from understudy_trainer.learn.rendering import load_form
from understudy_trainer.learn.settings import LearnerSettings
from understudy_trainer.reinforce.groups import Candidate, Group, Origin, compared
from understudy_trainer.reinforce.objectives import Logprobs, found_by_parent, gradient, of_pair
from understudy_trainer.reinforce.pairs import Pair
from understudy_trainer.reinforce.policy import Policy
from understudy_trainer.reinforce.preference import kto, reference_point
from understudy_trainer.reinforce.reinforcement import Reinforcement
from understudy_trainer.reinforce.reward import hole_of, reward
from understudy_trainer.repoworld.bootstrap import by_cluster, ends, resampled
from understudy_trainer.repoworld.verifier import verify

SEEDS = (0, 1, 2)
LEARNED, PRACTISED, HELD_OUT = 24, 24, 16
"""Nouns, each in five holes."""
SETTINGS = Reinforcement()
"""A night's own: holes of a step, answers to each, weights and rate."""


class Arm(NamedTuple):
    loss: str
    """"dpo", "kto" or ""."""
    is_beside: bool
    """Beside the policy gradient."""


ARMS = {
    "none": Arm("", False),
    "dpo": Arm("dpo", False),
    "kto": Arm("kto", False),
    "policy": Arm("", True),
    "policy_dpo": Arm("dpo", True),
    "policy_kto": Arm("kto", True),
}


class Size(msgspec.Struct, frozen=True):
    start_steps: int = 60
    """In which the old conventions are learned."""
    steps: int = 15
    """Of each arm: two passes over the pairs, sixteen at a time."""


LIMITS: dict[str, Limit] = {}
"""Nothing is to be reached: the figures say which of the two is used."""


class Told(NamedTuple):
    """Of one held-out hole."""

    margin: float
    """Nats by which the preferred text is more probable than the refused one."""
    preferred: float
    """Its log-probability."""
    exact: bool
    """Whether it is what the model writes."""


async def run(progress: Progress) -> BenchResult:
    return measure(embedded_model(), Size(), seeds=SEEDS, progress=progress)


def measure(base: Path, size: Size, *, seeds: Sequence[int], progress: Progress) -> BenchResult:
    """Means over all held-out holes of all seeds. `…_dpo_over_kto` are differences on the same
    holes, with the ends of their 95 % interval; holes of one convention and seed are drawn as one,
    because they are learned as one."""
    told: dict[str, list[Told]] = {name: [] for name in ARMS}
    for seed in seeds:
        nouns = random.Random(seed).sample(NOUNS, LEARNED + PRACTISED + HELD_OUT)
        with TemporaryDirectory(prefix="understudy-preference-") as scratch:
            start = taught(
                written_before(nouns[:LEARNED]),
                base=base,
                parent=None,
                steps=size.start_steps,
                folder=Path(scratch),
                seed=seed,
                progress=lambda step, seed=seed: progress(f"seed {seed}: what was before, {step}"),
            )
            practised = _pairs(nouns[LEARNED : LEARNED + PRACTISED])
            held_out = _pairs(nouns[LEARNED + PRACTISED :])
            for name, arm in ARMS.items():
                policy = _policy(base, start, seed)
                _practise(
                    policy,
                    arm,
                    practised,
                    steps=size.steps if name != "none" else 0,
                    seed=seed,
                    progress=lambda step, at=f"seed {seed}, {name}": progress(f"{at}: {step}"),
                )
                told[name] += _asked(policy, held_out)
    figures: dict[str, float] = {}
    for name, of in told.items():
        for field, mean in zip(Told._fields, np.mean(of, axis=0), strict=True):
            figures[f"{field}_{name}"] = float(mean)
    clusters = [at // HELD_OUT for at in range(len(told["none"]))]
    for prefix in ("", "policy_"):
        more = np.array(told[f"{prefix}dpo"]) - np.array(told[f"{prefix}kto"])
        sums = resampled(by_cluster(np.hstack([more, np.ones((len(more), 1))]), clusters))
        for at, field in enumerate(Told._fields):
            name = f"{prefix}{field}_dpo_over_kto"
            low, high = ends(sums[:, at] / sums[:, -1])
            figures |= {name: float(more[:, at].mean()), f"{name}_low": low, f"{name}_high": high}
    return BenchResult(
        figures,
        {
            "seeds": len(seeds),
            "pairs": len(CONVENTIONS) * PRACTISED,
            "held_out_holes": len(CONVENTIONS) * HELD_OUT,
            "start_steps": size.start_steps,
            "steps": size.steps,
        },
    )


def _pairs(nouns: Sequence[str]) -> list[Pair]:
    both = zip(written_since(nouns), written_before(nouns), strict=True)
    return [Pair(since, before.middle) for since, before in both]


def _policy(base: Path, start: Path, seed: int) -> Policy:
    return Policy(
        new_learner(
            base,
            LearnerSettings(optimiser="adamw"),
            parent=start,
            digest=fingerprint(base),
            seed=seed,
        ),
        load_form(base),
        repository="",
        prompt_tokens=192,
        most_tokens=SETTINGS.most_tokens,
    )


def _practise(
    policy: Policy, arm: Arm, pairs: Sequence[Pair], *, steps: int, seed: int, progress: Progress
) -> None:
    dice = random.Random(f"{seed} preference")
    found = _found(policy, pairs) if arm.loss else []
    others = _found(policy, _of_other_holes(pairs)) if arm.loss == "kto" else []
    for step in range(steps):
        progress(f"step {step + 1} of {steps}")
        drawn = dice.sample(range(len(pairs)), min(SETTINGS.holes, len(pairs)))
        answers_seed = dice.getrandbits(32)
        asked = [pairs[at].example for at in drawn] if arm.is_beside else []
        gradient(
            policy,
            list(compared(_groups(policy, asked, answers_seed), Counter())),
            [found[at] for at in drawn] if arm.loss == "dpo" else (),
            (),
            preference_weight=SETTINGS.preference_weight,
            lesson_weight=0.0,
            row_tokens=SETTINGS.row_tokens,
        )
        if arm.loss == "kto":
            kto_gradient(
                policy,
                [found[at] for at in drawn],
                [others[at] for at in drawn],
                weight=SETTINGS.preference_weight,
            )
        policy.learner.update(SETTINGS.learning_rate)


def kto_gradient(
    policy: Policy,
    pairs: Sequence[tuple[Pair, Logprobs]],
    of_other_holes: Sequence[tuple[Pair, Logprobs]],
    *,
    weight: float,
) -> None:
    """As `objectives.gradient` leaves DPO's. Both texts of a pair count, as many of the one kind as
    of the other, so neither needs a weight."""
    now = found_by_parent(policy, [pair for pair, _ in of_other_holes])
    reference = reference_point(
        torch.tensor(now), parent=torch.tensor([parent for _, parent in of_other_holes])
    )
    for pair, parent in pairs:
        losses = kto(
            torch.stack(of_pair(policy, pair)),
            parent=torch.tensor(parent),
            desirable=torch.tensor([True, False]),
            reference=reference,
        )
        loss: Any = weight * losses.sum() / len(pairs)
        loss.backward()
        policy.learner.take_gradients()


def _found(policy: Policy, pairs: Sequence[Pair]) -> list[tuple[Pair, Logprobs]]:
    return list(zip(pairs, found_by_parent(policy, pairs), strict=True))


def _of_other_holes(pairs: Sequence[Pair]) -> list[Pair]:
    """Each hole with the texts of another convention's."""
    texts = [*pairs[PRACTISED:], *pairs[:PRACTISED]]
    return [
        Pair(
            msgspec.structs.replace(pair.example, middle=other.example.middle),
            other.rejected,
        )
        for pair, other in zip(pairs, texts, strict=True)
    ]


def _groups(policy: Policy, examples: Sequence[Example], seed: int) -> list[Group]:
    prompts = [policy.prompt(each) for each in examples]
    answers = policy.rollouts(prompts, each=SETTINGS.each, seed=seed)
    return [
        Group(
            example,
            tuple(
                Candidate(
                    text=each.text,
                    tokens=tuple(each.tokens),
                    logprobs=tuple(each.logprobs),
                    reward=reward(hole_of(example, world=""), each.text, known=()),
                    origin=Origin.ROLLOUT,
                    release=None,
                )
                for each in texts
            ),
        )
        for example, texts in zip(examples, answers, strict=True)
    ]


def _asked(policy: Policy, pairs: Sequence[Pair]) -> list[Told]:
    examples = [pair.example for pair in pairs]
    both = zip(examples, found_by_parent(policy, pairs), policy.greedy(examples), strict=True)
    return [
        Told(preferred - refused, preferred, verify(hole_of(example, world=""), text))
        for example, (preferred, refused), text in both
    ]
