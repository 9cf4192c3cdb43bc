"""The losses of preferences, for texts whose log-probabilities when they were written are not known
or do not matter: DPO for pairs, KTO for texts that are right or wrong on their own.

Both measure against the parent, which holds the model near it: the implicit reward of a text is
beta · (log now - log parent), and logs are of whole texts, the sum over their tokens.
"""

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

BETA = 0.1
"""Both papers' own, for both losses."""


def dpo(
    chosen: Tensor,
    rejected: Tensor,
    *,
    parent_chosen: Tensor,
    parent_rejected: Tensor,
    beta: float = BETA,
) -> Tensor:
    """(pairs,), one loss for each: Rafailov et al., "Direct Preference Optimization", 2023,
    equation 7. All are (pairs,), log-probabilities of texts under the model that learns and under
    the parent."""
    return -logsigmoid(beta * ((chosen - parent_chosen) - (rejected - parent_rejected)))


def kto(
    now: Tensor,
    *,
    parent: Tensor,
    desirable: Tensor,
    reference: Tensor,
    weights: tuple[float, float] = (1.0, 1.0),
    beta: float = BETA,
) -> Tensor:
    """(texts,), one loss for each: Ethayarajh et al., "KTO: Model Alignment as Prospect Theoretic
    Optimization", 2024, section 4.1.

    `now`, `parent`: (texts,), log-probabilities. `desirable`: (texts,), booleans. `reference`: see
    `reference_point`. `weights`: of what is desirable and what is not, see `balanced`.
    """
    gained = beta * (now - parent - reference)
    lost = torch.sigmoid(torch.where(desirable, -gained, gained))
    return lost * torch.where(desirable, weights[0], weights[1])


def reference_point(now: Tensor, *, parent: Tensor) -> Tensor:
    """A number without a gradient: how far the model is from its parent on texts that belong to
    other holes, never below 0 (KTO, section 4.1). `now`, `parent`: (texts,), log-probabilities of
    the text of one hole in another."""
    return (now - parent).mean().clamp(min=0).detach()


def balanced(desirable: int, undesirable: int) -> tuple[float, float]:
    """Weights with which both kinds count the same, 1 for the one there is more of (KTO, section
    4.2)."""
    if not desirable or not undesirable:
        return 1.0, 1.0
    return max(1.0, undesirable / desirable), max(1.0, desirable / undesirable)
