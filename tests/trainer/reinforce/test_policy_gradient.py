"""The loss of groups: by hand, by finite differences, and beside TRL."""

import math
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from understudy_trainer.reinforce.policy_gradient import (
    CLIP_HIGH,
    CLIP_LOW,
    MOST_WEIGHT,
    PolicyLoss,
    policy_gradient,
)

LOSSES = st.lists(st.floats(-30, 0), min_size=6, max_size=6)


def numbers(*rows: list[float]) -> Tensor:
    return torch.tensor(rows, dtype=torch.float64)


def loss_of(now: Tensor, **changes: Any) -> PolicyLoss:
    usual: dict[str, Any] = {
        "written": now.detach(),
        "advantages": torch.ones(len(now), dtype=now.dtype),
        "counted": torch.ones_like(now, dtype=torch.bool),
        "tokens": now.numel(),
    }
    return policy_gradient(now, **(usual | changes))


def test_by_hand() -> None:
    # A good candidate whose two tokens became twice and 1.1 times as probable, a bad one whose only
    # token became half as probable: two tokens are held back.
    now = torch.log(numbers([0.4, 0.55], [0.1, 1.0]))
    begun = torch.log(numbers([0.2, 0.5], [0.2, 1.0]))
    told = loss_of(
        now,
        written=begun,
        begun=begun,
        advantages=torch.tensor([1.0, -2.0], dtype=torch.float64),
        counted=torch.tensor([[True, True], [True, False]]),
        tokens=3,
    )
    assert told.loss.item() == pytest.approx(-(1.28 + 1.1 - 0.8 * 2) / 3)
    assert told.clipped == pytest.approx(2 / 3)
    assert (told.truncated, told.kl) == (0, 0)


def test_the_weight_of_a_stale_token_is_cut_off_and_that_of_a_rarer_one_is_not() -> None:
    now = torch.log(numbers([0.8, 0.2])).requires_grad_()
    told = loss_of(now, written=torch.log(numbers([0.1, 0.4])))
    assert told.loss.item() == pytest.approx(-(MOST_WEIGHT + 0.5) / 2)
    assert told.truncated == 0.5
    (gradient,) = torch.autograd.grad(told.loss, now)
    assert gradient.tolist() == [pytest.approx([-MOST_WEIGHT / 2, -0.5 / 2])]


def test_the_divergence_is_that_of_schulman_and_pulls_to_the_parent() -> None:
    now = torch.log(numbers([0.5])).requires_grad_()
    told = loss_of(
        now,
        advantages=torch.zeros(1, dtype=torch.float64),
        parent=torch.log(numbers([0.25])),
        kl_weight=0.3,
    )
    k3 = 0.5 - math.log(0.5) - 1
    assert told.loss.item() == pytest.approx(0.3 * k3)
    assert told.kl == pytest.approx(k3)
    (gradient,) = torch.autograd.grad(told.loss, now)
    assert float(gradient) > 0


NOW = [[-0.5, -1.2, -0.1, -2.0], [-0.7, -0.9, -0.4, 0.0], [-1.5, -0.3, 0.0, 0.0]]
BEGUN = [[-0.6, -1.0, -0.6, -1.5], [-0.7, -1.4, -0.1, 0.0], [-1.0, -0.35, 0.0, 0.0]]
WRITTEN = [[-0.8, -1.1, -2.1, -1.5], [-0.6, -1.4, -0.2, 0.0], [-1.6, -0.2, 0.0, 0.0]]
PARENT = [[-0.9, -1.0, -0.3, -1.8], [-0.5, -1.9, -0.4, 0.0], [-1.2, -0.6, 0.0, 0.0]]
COUNTED = [[1, 1, 1, 1], [1, 1, 1, 0], [1, 1, 0, 0]]
ADVANTAGES = [0.9, -0.6, -0.3]

TRL = {
    (False, 0.0): (
        -0.08941944516075032,
        [
            [-0.1105170918, -0.0818730753, 0.0, -0.060653066],
            [0.0666666667, 0.1099147514, 0.0, 0.0],
            [0.0, 0.0350423699, 0.0, 0.0],
        ],
    ),
    (False, 0.05): (
        -0.08602046992173203,
        [
            [-0.1086855365, -0.0831030906, 0.0010070514, -0.0618830813],
            [0.0654366513, 0.1134265323, 0.0, 0.0],
            [-0.00194366, 0.0364822687, 0.0, 0.0],
        ],
    ),
    (True, 0.0): (
        -0.2341919117077404,
        [
            [-0.1349858808, -0.0904837418, 0.0, -0.060653066],
            [0.0603224945, 0.1099147514, 0.0, 0.0],
            [0.0, 0.0301612473, 0.0, 0.0],
        ],
    ),
    (True, 0.05): (
        -0.2307929364687221,
        [
            [-0.1331543255, -0.0917137571, 0.0010070514, -0.0618830813],
            [0.0590924792, 0.1134265323, 0.0, 0.0],
            [-0.00194366, 0.031601146, 0.0, 0.0],
        ],
    ),
}
"""Whether weights are truncated, and the weight of the divergence → what
`GRPOTrainer._compute_loss` of TRL 1.16.0 gives for the numbers above, and its gradient, with
`loss_type="dapo"`, `epsilon=0.2`, `epsilon_high=0.28` and ratios between engine and trainer cut off
at 2."""


@pytest.mark.parametrize("case", TRL)
def test_it_is_what_trl_computes(case: tuple[bool, float]) -> None:
    stale, kl_weight = case
    now = numbers(*NOW).requires_grad_()
    told = policy_gradient(
        now,
        written=numbers(*(WRITTEN if stale else BEGUN)),
        begun=numbers(*BEGUN),
        parent=numbers(*PARENT) if kl_weight else None,
        kl_weight=kl_weight,
        advantages=torch.tensor(ADVANTAGES, dtype=torch.float64),
        counted=torch.tensor(COUNTED, dtype=torch.bool),
        tokens=9,
    )
    loss, gradient = TRL[case]
    assert told.loss.item() == pytest.approx(loss, abs=1e-12)
    (found,) = torch.autograd.grad(told.loss, now)
    for row, wanted in zip(found.tolist(), gradient, strict=True):
        assert row == pytest.approx(wanted, abs=1e-9)


@pytest.mark.parametrize("kl_weight", [0.0, 0.05])
def test_the_gradient_is_that_of_finite_differences(kl_weight: float) -> None:
    def loss(now: Tensor) -> Tensor:
        return policy_gradient(
            now,
            written=numbers(*WRITTEN),
            begun=numbers(*BEGUN),
            parent=numbers(*PARENT),
            kl_weight=kl_weight,
            advantages=torch.tensor(ADVANTAGES, dtype=torch.float64),
            counted=torch.tensor(COUNTED, dtype=torch.bool),
            tokens=9,
        ).loss

    assert torch.autograd.gradcheck(loss, numbers(*NOW).requires_grad_())


@given(now=LOSSES, begun=LOSSES, written=LOSSES, parent=LOSSES, gains=LOSSES)
def test_whatever_the_numbers_the_loss_and_its_gradient_are_finite(
    now: list[float],
    begun: list[float],
    written: list[float],
    parent: list[float],
    gains: list[float],
) -> None:
    shaped = [
        torch.tensor(each, dtype=torch.float32).reshape(2, 3)
        for each in (now, begun, written, parent)
    ]
    shaped[0].requires_grad_()
    told = loss_of(
        shaped[0],
        begun=shaped[1],
        written=shaped[2],
        parent=shaped[3],
        kl_weight=0.1,
        advantages=torch.tensor([gains[0], -gains[1]]),
    )
    (gradient,) = torch.autograd.grad(told.loss, shaped[0])
    assert torch.isfinite(told.loss)
    assert torch.isfinite(gradient).all()


def test_padding_may_hold_anything() -> None:
    counted = torch.tensor([[True, False]])
    losses: list[float] = []
    for padding in (0.0, math.nan, -math.inf):
        now = numbers([-1.0, padding]).requires_grad_()
        told = loss_of(now, counted=counted, parent=numbers([-2.0, padding]), kl_weight=1, tokens=1)
        (gradient,) = torch.autograd.grad(told.loss, now)
        assert gradient[0, 1] == 0
        losses.append(told.loss.item())
    assert losses == [losses[0]] * 3


def test_steps_make_what_was_better_more_probable_until_the_clip_ends_it() -> None:
    # Three texts of one token each; a fourth was never asked for.
    logits = torch.zeros(4)
    written = logits.log_softmax(0)[:3].unsqueeze(1)
    gradients: list[float] = []
    for _ in range(60):
        logits.requires_grad_()
        told = policy_gradient(
            logits.log_softmax(0)[:3].unsqueeze(1),
            written=written,
            begun=written,
            advantages=torch.tensor([0.75, -0.25, -0.5]),
            counted=torch.ones(3, 1, dtype=torch.bool),
            tokens=3,
        )
        (gradient,) = torch.autograd.grad(told.loss, logits)
        gradients.append(float(gradient.abs().max()))
        logits = (logits - 0.5 * gradient).detach()
    better, *worse, unasked = logits.softmax(0).tolist()
    assert better > 0.25 * (1 + CLIP_HIGH)
    assert max(worse) < 0.25 * (1 - CLIP_LOW)
    assert better < 0.5 > unasked
    assert gradients[0] > 0 == gradients[-1]


def test_the_parts_of_a_step_add_up_to_it() -> None:
    now, written = numbers(*NOW), numbers(*WRITTEN)
    gains = torch.tensor(ADVANTAGES, dtype=torch.float64)
    counted = torch.tensor(COUNTED, dtype=torch.bool)

    def of(rows: slice) -> float:
        part = loss_of(
            now[rows],
            written=written[rows],
            advantages=gains[rows],
            counted=counted[rows],
            tokens=9,
        )
        return part.loss.item()

    assert of(slice(0, 1)) + of(slice(1, 3)) == pytest.approx(of(slice(0, 3)))


def test_a_long_wrong_answer_pays_for_every_token() -> None:
    short = loss_of(numbers([-1.0]), advantages=-torch.ones(1), tokens=5)
    long = loss_of(numbers([-1.0] * 4), advantages=-torch.ones(1), tokens=5)
    assert long.loss.item() == pytest.approx(4 * short.loss.item())


@pytest.mark.parametrize(
    ("gain", "ratio", "moves"),
    [
        (1.0, 1 + CLIP_HIGH - 0.01, True),
        (1.0, 1 + CLIP_HIGH + 0.01, False),
        (1.0, 1 - CLIP_LOW - 0.01, True),
        (-1.0, 1 - CLIP_LOW + 0.01, True),
        (-1.0, 1 - CLIP_LOW - 0.01, False),
        (-1.0, 1 + CLIP_HIGH + 0.01, True),
    ],
)
def test_the_clip_holds_back_only_what_has_gone_far_enough(
    gain: float, ratio: float, moves: bool
) -> None:
    begun = numbers([-3.0])
    now = (begun + math.log(ratio)).requires_grad_()
    told = loss_of(now, written=begun, begun=begun, advantages=torch.full((1,), gain))
    (gradient,) = torch.autograd.grad(told.loss, now)
    assert bool(gradient) == moves
    if moves:
        assert math.copysign(1, float(gradient)) == -gain
