"""The losses of preferences: by hand, by finite differences, and beside TRL."""

import math

import pytest
import torch
from torch import Tensor

from understudy_trainer.reinforce.preference import BETA, balanced, dpo, kto, reference_point


def numbers(*values: float) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)


CHOSEN, PARENT_CHOSEN = numbers(-3.2, -1.1, -7.5), numbers(-3.5, -1.0, -9.0)
REJECTED, PARENT_REJECTED = numbers(-2.9, -4.0, -6.1), numbers(-2.5, -3.0, -6.4)

KtoCase = tuple[float, float, tuple[int, ...], tuple[float, ...]]

TRL_DPO = {
    0.1: (0.6476216653899737, [-0.0160835714, -0.0159171725, -0.0156678649]),
    0.5: (0.4880396839673726, [-0.0688970702, -0.064893461, -0.0590572823]),
}
"""beta → what `DPOTrainer._compute_loss` of TRL 1.16.0 gives for the numbers above, and its
gradient for what is chosen. It is a mean over the pairs, as below over the texts."""

TRL_KTO: dict[KtoCase, tuple[float, list[float]]] = {
    (0.1, 1.0, (1, 1, 1, 0, 0, 0), (-9.5, -8.2, -7.0, -9.9, -5.5, -4.1)): (
        0.4883484391133827,
        [-0.0041666204, -0.004164399, -0.0041533156, 0.00416055, 0.0041472711, 0.0041666204],
    ),
    (0.5, 1.0, (1, 1, 1, 0, 0, 0), (-8.5, -7.2, -7.0, -8.9, -5.5, -4.1)): (
        0.44350422813241414,
        [-0.0207165839, -0.0208203179, -0.0181579161, 0.0206263811, 0.0195836427, 0.0207165839],
    ),
    (0.1, 1.5, (1, 0, 1, 0, 0, 0), (-9.5, -8.2, -7.0, -9.9, -5.5, -4.1)): (
        0.5655738904503141,
        [-0.0062499306, 0.004164399, -0.0062299734, 0.00416055, 0.0041472711, 0.0041666204],
    ),
}
"""beta, weight of what is desirable, what is, and the parent's log-probabilities of `ELSEWHERE` →
what `KTOTrainer._compute_loss` of TRL 1.16.0 gives, and its gradient."""

ELSEWHERE = numbers(-9, -8, -7, -9, -5, -4)
"""Log-probabilities of texts of other holes."""


def dpo_of(chosen: Tensor, rejected: Tensor, *, beta: float = BETA) -> Tensor:
    return dpo(
        chosen,
        rejected,
        parent_chosen=PARENT_CHOSEN,
        parent_rejected=PARENT_REJECTED,
        beta=beta,
    )


def test_dpo_by_hand() -> None:
    # 2 nats nearer to what is chosen than the parent, and 3 further from what is rejected.
    found = dpo(
        numbers(-3),
        numbers(-8),
        parent_chosen=numbers(-5),
        parent_rejected=numbers(-5),
        beta=0.2,
    )
    assert found.tolist() == pytest.approx([math.log(1 + math.exp(-0.2 * 5))])


def test_where_the_parent_is_dpo_knows_nothing() -> None:
    assert dpo_of(PARENT_CHOSEN, PARENT_REJECTED).tolist() == pytest.approx([math.log(2)] * 3)


@pytest.mark.parametrize("beta", TRL_DPO)
def test_dpo_is_what_trl_computes(beta: float) -> None:
    chosen, rejected = CHOSEN.clone().requires_grad_(), REJECTED.clone().requires_grad_()
    found = dpo_of(chosen, rejected, beta=beta).mean()
    loss, gradient = TRL_DPO[beta]
    assert found.item() == pytest.approx(loss, abs=1e-12)
    of_chosen, of_rejected = torch.autograd.grad(found, (chosen, rejected))
    assert of_chosen.tolist() == pytest.approx(gradient, abs=1e-9)
    assert of_rejected.tolist() == pytest.approx([-each for each in gradient], abs=1e-9)


def test_the_gradient_of_dpo_is_that_of_finite_differences() -> None:
    both = (CHOSEN.clone().requires_grad_(), REJECTED.clone().requires_grad_())
    assert torch.autograd.gradcheck(dpo_of, both)


def test_dpo_is_finite_far_away() -> None:
    chosen = numbers(-2000, -1000, 0).requires_grad_()
    found = dpo_of(chosen, numbers(0, -1000, -2000)).sum()
    (gradient,) = torch.autograd.grad(found, chosen)
    assert torch.isfinite(found)
    assert torch.isfinite(gradient).all()


def test_kto_by_hand() -> None:
    found = kto(
        numbers(-3, -3),
        parent=numbers(-5, -5),
        desirable=torch.tensor([True, False]),
        reference=numbers(1)[0],
        weights=(2.0, 3.0),
        beta=0.5,
    )
    share = 1 / (1 + math.exp(-0.5))
    assert found.tolist() == pytest.approx([2 * (1 - share), 3 * share])


@pytest.mark.parametrize("case", TRL_KTO)
def test_kto_is_what_trl_computes(case: KtoCase) -> None:
    beta, weight, desirable, parent_elsewhere = case
    now = torch.cat([CHOSEN, REJECTED]).requires_grad_()
    found = kto(
        now,
        parent=torch.cat([PARENT_CHOSEN, PARENT_REJECTED]),
        desirable=torch.tensor(desirable, dtype=torch.bool),
        reference=reference_point(ELSEWHERE, parent=numbers(*parent_elsewhere)),
        weights=(weight, 1.0),
        beta=beta,
    ).mean()
    loss, gradient = TRL_KTO[case]
    assert found.item() == pytest.approx(loss, abs=1e-12)
    (gained,) = torch.autograd.grad(found, now)
    assert gained.tolist() == pytest.approx(gradient, abs=1e-9)


def test_the_gradient_of_kto_is_that_of_finite_differences() -> None:
    def loss(now: Tensor) -> Tensor:
        return kto(
            now,
            parent=PARENT_CHOSEN,
            desirable=torch.tensor([True, False, True]),
            reference=numbers(0.3)[0],
            weights=(1.0, 1.3),
        )

    assert torch.autograd.gradcheck(loss, CHOSEN.clone().requires_grad_())


def test_the_reference_point_is_never_below_the_parent_and_learns_nothing() -> None:
    now = numbers(-1, -2).requires_grad_()
    assert reference_point(now, parent=numbers(-2, -3)).item() == pytest.approx(1)
    assert reference_point(now, parent=numbers(0, 0)).item() == 0
    assert not reference_point(now, parent=numbers(-2, -3)).requires_grad


@pytest.mark.parametrize(
    ("counts", "weights"),
    [((10, 10), (1, 1)), ((5, 20), (4, 1)), ((30, 10), (1, 3)), ((0, 7), (1, 1)), ((7, 0), (1, 1))],
)
def test_both_kinds_count_the_same(counts: tuple[int, int], weights: tuple[float, float]) -> None:
    assert balanced(*counts) == weights
