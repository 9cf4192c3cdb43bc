"""Candidates for one hole, compared with each other.

What a candidate is worth is said beside the others of its group, so that no critic has to be
learned (GRPO; Shao et al., "DeepSeekMath", 2024, section 4.1).
"""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from statistics import fmean, pstdev
from typing import NamedTuple

import msgspec

from understudy_trainer.curriculum.example import Example

EPSILON = 1e-4
"""Added to the deviation before it divides."""

SAME = 1e-9
"""Rewards that differ by no more are equal."""


class Scale(StrEnum):
    REWARD = "reward"
    """Reward less the group's mean (Dr. GRPO; Liu et al., "Understanding R1-Zero-Like Training",
    2025, section 3)."""
    DEVIATION = "deviation"
    """… over the group's deviation (GRPO)."""


SCALE = Scale.REWARD
"""Ours. Rewards lie between -0.25 and 1 already, and among wrong answers they differ by hundredths,
which say little. Over the deviation, a group of wrong answers would count as much as one with right
and wrong ones. Dr. GRPO's other half, no division by a text's length, is in `policy_gradient`."""


class Origin(StrEnum):
    SERVED = "served"
    """Somebody saw it while they worked."""
    ROLLOUT = "rollout"
    """A night asked for it."""


class Candidate(msgspec.Struct, frozen=True):
    text: str
    tokens: tuple[int, ...]
    """As the model wrote them, with what ended them if it is known."""
    logprobs: tuple[float, ...]
    """What the model that wrote them gave each of the first of these tokens; empty if that is not
    known. Natural logarithms. Tokens behind them do not count."""
    reward: float
    origin: Origin
    release: str | None
    """Which wrote it; None is the base model."""
    prompt_tokens: int = 0
    """Of the prompt behind which it was served; 0 if that is not known, or it was not served."""


class Group(msgspec.Struct, frozen=True):
    example: Example
    """The hole, what was shown around it, and its true text."""
    candidates: tuple[Candidate, ...]


class Compared(NamedTuple):
    group: Group
    """With the candidates that can be learned from."""
    advantages: list[float]
    """One for each candidate; they add up to 0."""


def compared(
    groups: Iterable[Group], left_out: Counter[str], *, scale: Scale = SCALE
) -> Iterator[Compared]:
    """Groups that teach something. What does not is counted in `left_out`, by its reason:
    candidates that cannot be used, and groups that are left with fewer than two or with equal
    rewards. A group is held at a time.

    Beside wrong answers alone, to say nothing would be the best there is, and a model that is
    seldom right would learn to fall silent rather than to answer. So silence is compared only where
    a right answer stands beside it."""
    for group in groups:
        usable: list[Candidate] = []
        for candidate in group.candidates:
            if reason := unusable(candidate):
                left_out[f"candidate: {reason}"] += 1
            else:
                usable.append(candidate)
        if not any(each.reward > 0 for each in usable):
            spoken = [each for each in usable if each.text.strip()]
            if silent := len(usable) - len(spoken):
                left_out["candidate: silent where none is right"] += silent
            usable = spoken
        rewards = [each.reward for each in usable]
        if len(usable) < 2:
            left_out["group: fewer than two candidates"] += 1
        elif max(rewards) - min(rewards) <= SAME:
            left_out["group: all rewards equal"] += 1
        else:
            yield Compared(
                msgspec.structs.replace(group, candidates=tuple(usable)),
                advantages(rewards, scale=scale),
            )


def advantages(rewards: Sequence[float], *, scale: Scale = SCALE) -> list[float]:
    """Of a group of at least one; all finite if the rewards are."""
    mean = fmean(rewards)
    by = 1.0 if scale is Scale.REWARD else pstdev(rewards) + EPSILON
    return [(reward - mean) / by for reward in rewards]


def unusable(candidate: Candidate) -> str:
    """Why a candidate cannot be in a group; "" if it can."""
    if not math.isfinite(candidate.reward):
        return "reward is no number"
    if not candidate.logprobs:
        return "without log-probabilities"
    if len(candidate.logprobs) > len(candidate.tokens):
        return "more log-probabilities than tokens"
    # Also false for what is not a number. Rounding may take a probability of 1 a little above it.
    if not all(-math.inf < each <= 1e-3 for each in candidate.logprobs):
        return "log-probability is no number"
    return ""
