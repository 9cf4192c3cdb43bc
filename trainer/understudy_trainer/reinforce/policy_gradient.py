"""The loss of compared candidates: what was better than its group becomes more probable.

For every token, with the ratio r of its probability now to that at the beginning of the step, and
the advantage A of its candidate:

    -w · min(r·A, clip(r, 1 - 0.2, 1 + 0.28)·A) + kl_weight · k3

It is the sum over all tokens of the step, divided by how many there are: GRPO (Shao et al.,
"DeepSeekMath", 2024, section 4.1) with what DAPO changed (Yu et al., 2025, sections 3.1 and 3.3).
Every token counts the same, so a wrong answer is not cheaper for being long, and the clip leaves
more room above, so that what was improbable can become probable.

Candidates may be older than the model at the beginning of the step: people saw them days ago, or
the engine computes a little otherwise than torch. So w is the ratio of the probability at the
beginning of the step to that when the candidate was written, cut off at `MOST_WEIGHT` and without a
gradient: truncated importance sampling (Ionides, 2008; V-trace's rho in Espeholt et al., "IMPALA",
2018, section 4.1; between engine and trainer by Yao et al., "Your Efficient RL Framework Secretly
Brings You Off-Policy RL Training", 2025), beside the clip as in decoupled PPO (Hilton et al.,
"Batch size-invariance for policy optimization", 2022). By tokens, not by texts, it is biased and
bounded.

k3 estimates the divergence from the parent, never below 0 (Schulman, "Approximating KL divergence",
2020): exp(d) - d - 1 with d = log parent - log now.
"""

from typing import NamedTuple

import torch
from torch import Tensor

CLIP_LOW, CLIP_HIGH = 0.2, 0.28
"""As in DAPO, section 4.1."""

MOST_WEIGHT = 2.0
"""Of a token, so that a few that have become probable since do not decide everything."""

_FURTHEST = 20.0
"""Nats by which two models are taken to differ at most, so that every loss is a finite number."""


class PolicyLoss(NamedTuple):
    loss: Tensor
    """A number; the gradient goes to `now` alone."""
    clipped: float
    """Share of the tokens that the clip held back."""
    truncated: float
    """Share of the tokens whose weight was cut off."""
    kl: float
    """Mean k3 of a token; 0 without a parent."""


def policy_gradient(
    now: Tensor,
    *,
    written: Tensor,
    advantages: Tensor,
    counted: Tensor,
    tokens: int,
    begun: Tensor | None = None,
    parent: Tensor | None = None,
    kl_weight: float = 0.0,
) -> PolicyLoss:
    """Of a part of a step; the losses of the parts add up to that of the step.

    `now`: (candidates, tokens), log-probabilities of the tokens under the model that learns.
    `written`, `begun`, `parent`: the same under the model that wrote them, the one at the beginning
    of the step, and the parent. Without `begun` the step begins now. `advantages`: (candidates,).
    `counted`: (candidates, tokens), false for padding; what stands there may be anything.
    `tokens`: counted ones in the whole step, at least 1.
    """
    now = now.masked_fill(~counted, 0.0)
    written = written.masked_fill(~counted, 0.0)
    begun = now.detach() if begun is None else begun.masked_fill(~counted, 0.0)
    gain = advantages.unsqueeze(1)

    unbounded = _ratio(begun, written)
    weight = unbounded.clamp(max=MOST_WEIGHT)
    ratio = _ratio(now, begun)
    free = ratio * gain
    held = ratio.clamp(1 - CLIP_LOW, 1 + CLIP_HIGH) * gain
    losses = -weight * torch.minimum(free, held)

    kl = torch.zeros_like(now)
    if parent is not None:
        away = (parent.masked_fill(~counted, 0.0) - now).clamp(max=_FURTHEST)
        kl = away.exp() - away - 1
        losses = losses + kl_weight * kl

    here = max(int(counted.sum()), 1)
    return PolicyLoss(
        loss=(losses * counted).sum() / tokens,
        clipped=float(((held < free) & counted).sum()) / here,
        truncated=float(((unbounded > MOST_WEIGHT) & counted).sum()) / here,
        kl=float((kl.detach() * counted).sum()) / here,
    )


def _ratio(one: Tensor, other: Tensor) -> Tensor:
    return (one - other).clamp(-_FURTHEST, _FURTHEST).exp()
