"""Attention by large products, beside torch's own."""

import pytest
import torch
from models.recipe.attention import causal
from torch.nn.functional import scaled_dot_product_attention


@pytest.mark.parametrize("length", [5, 256, 300, 700])
def test_it_is_torchs_own_forward_and_back(length: int) -> None:
    torch.manual_seed(0)
    q, k, v = (torch.randn(2, 3, length, 16).bfloat16().requires_grad_() for _ in range(3))
    by_out = torch.randn(2, 3, length, 16).bfloat16()
    out = causal(q, k, v)
    expected = scaled_dot_product_attention(q.float(), k.float(), v.float(), is_causal=True)
    assert torch.allclose(out.float(), expected, atol=0.03)
    found = torch.autograd.grad(out, (q, k, v), by_out)
    wanted = torch.autograd.grad(expected, (q, k, v), by_out.float())
    for one, other in zip(found, wanted, strict=True):
        assert float((one - other).float().norm() / other.float().norm()) < 0.02
