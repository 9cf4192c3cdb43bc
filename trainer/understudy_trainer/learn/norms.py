"""The root-mean-square norms of a model in fewer passes over their numbers.

Written out in torch, as transformers has them, forward is six passes and back a dozen, most of
them with 32 bits. Nothing else is computed here, and nothing with fewer bits.
"""

from typing import Any

import torch
from torch import Tensor

_linalg: Any = torch.linalg


def quicken_norms(model: Any) -> None:
    """For norms whose weight is not trained and that are what `_Norm` computes, found by trying."""
    for module in model.modules():
        if (
            type(module).__name__.endswith("RMSNorm")
            and hasattr(module, "variance_epsilon")
            and not module.weight.requires_grad
        ):
            _quicken(module)


def _quicken(module: Any) -> None:
    weight: Tensor = module.weight.detach()
    epsilon: float = module.variance_epsilon
    norm: Any = _Norm

    def forward(inputs: Tensor) -> Tensor:
        return norm.apply(inputs, weight, epsilon)

    tried = torch.linspace(-3.0, 5.0, 2 * weight.numel(), device=weight.device, dtype=weight.dtype)
    tried = tried.view(2, -1)
    with torch.no_grad():
        if torch.allclose(forward(tried), module(tried), rtol=1e-2):
            module.forward = forward


class _Norm(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, inputs: Tensor, weight: Tensor, epsilon: float) -> Tensor:
        wide = inputs.float()
        length: Any = _linalg.vector_norm(wide, dim=-1, keepdim=True)
        inverse: Tensor = length.square_().div_(inputs.shape[-1]).add_(epsilon).rsqrt_()
        ctx.save_for_backward(inputs, weight, inverse)
        return (wide * inverse).to(inputs.dtype).mul_(weight)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Any:
        inputs, weight, inverse = ctx.saved_tensors
        grad = (grads[0] * weight).float()
        normed = inputs.float().mul_(inverse)
        along: Any = _linalg.vecdot(grad, normed).div_(inputs.shape[-1]).unsqueeze(-1)
        return grad.sub_(normed.mul_(along)).mul_(inverse).to(inputs.dtype), None, None
