"""Norms, beside those of transformers."""

from typing import Any

import pytest
import torch
from transformers.models.qwen3.modeling_qwen3 import Qwen3RMSNorm

from understudy_trainer.learn.norms import quicken_norms


def norm(numbers: torch.dtype) -> Any:
    made: Any = Qwen3RMSNorm(24).to(numbers).requires_grad_(requires_grad=False)
    made.weight.copy_(torch.linspace(-1.0, 2.0, 24))
    return made


@pytest.mark.parametrize(("numbers", "tolerance"), [(torch.float32, 1e-6), (torch.bfloat16, 2e-2)])
def test_norms_and_their_gradients_are_those_of_transformers(
    numbers: torch.dtype, tolerance: float
) -> None:
    drawn = torch.Generator().manual_seed(0)
    values = torch.randn(2, 5, 24, generator=drawn).to(numbers)
    back = torch.randn(2, 5, 24, generator=drawn).to(numbers)
    plain, quick = norm(numbers), norm(numbers)
    quicken_norms(quick)
    assert "forward" in vars(quick)
    results: list[tuple[Any, Any]] = []
    for each in (plain, quick):
        inputs = values.clone().requires_grad_()
        out = each(inputs)
        out.backward(back)
        results.append((out.detach(), inputs.grad))
    (wanted, wanted_grad), (found, found_grad) = results
    torch.testing.assert_close(found, wanted, atol=tolerance, rtol=tolerance)
    torch.testing.assert_close(found_grad, wanted_grad, atol=tolerance, rtol=tolerance)


def test_a_norm_that_computes_otherwise_or_is_trained_is_left_alone() -> None:
    class OtherRMSNorm(Qwen3RMSNorm):
        def forward(self, hidden_states: torch.Tensor) -> torch.Tensor:
            return super().forward(hidden_states) * 2

    other: Any = OtherRMSNorm(24).requires_grad_(requires_grad=False)
    trained: Any = Qwen3RMSNorm(24)
    for each in (other, trained):
        quicken_norms(each)
        assert "forward" not in vars(each)
