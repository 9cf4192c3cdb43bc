"""Linear layers with an adapter, computed as one product with one weight.

PEFT computes W x + s B A x: three products and some passes over what comes out, forward and back.
Here W' = W + s B A is made once a step, from the 32-bit tensors of the adapter, and a row asks for
W' x only. Back there are dy W', and the gradients of A and B through products of the rank's width:

    dA = s (dy B)ᵀ x        dB = s dyᵀ (x Aᵀ)

In 16 bits W' is rounded to the same numbers as any weight. What of a very small adapter is rounded
away is not lost: it is added up in the 32-bit tensors, and comes through when it is as large as the
last bit of the weights.

Only what is computed is changed: the tensors and their names stay PEFT's.
"""

from collections.abc import Mapping
from typing import Any

import torch
from peft.tuners.lora import LoraLayer
from torch import Tensor
from torch.nn.functional import linear

ADAPTER = "default"


class MergedLayer:
    """A layer of PEFT's, and the weight that it computes with."""

    def __init__(self, name: str, layer: Any) -> None:
        self._a = f"{name}.lora_A.{ADAPTER}.weight"
        self._b = f"{name}.lora_B.{ADAPTER}.weight"
        self._layer = layer
        self._base: Tensor = layer.base_layer.weight
        self._scale: float = layer.scaling[ADAPTER]
        self.weight = self._base.detach().clone()
        # An instance's own: PEFT's other layers, and this one when it is saved, stay as they are.
        layer.forward = self.forward

    def merge(self, tensors: Mapping[str, Tensor]) -> None:
        """From the adapter's tensors by name."""
        with torch.no_grad():
            self.weight.copy_(
                torch.addmm(
                    self._base.float(),
                    tensors[self._b].float(),
                    tensors[self._a].float(),
                    alpha=self._scale,
                )
            )

    def forward(self, inputs: Tensor) -> Tensor:
        layer = self._layer
        product: Any = _Product
        return product.apply(
            inputs,
            self.weight,
            layer.base_layer.bias,
            layer.lora_A[ADAPTER].weight,
            layer.lora_B[ADAPTER].weight,
            self._scale,
        )


def merge_layers(model: Any) -> list[MergedLayer]:
    """All layers of a model that have an adapter compute so from now on, once each was merged."""
    return [
        MergedLayer(name, module)
        for name, module in model.named_modules()
        if isinstance(module, LoraLayer) and isinstance(module, torch.nn.Module)
    ]


class _Product(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        inputs: Tensor,
        weight: Tensor,
        bias: Tensor | None,
        a: Tensor,
        b: Tensor,
        scale: float,
    ) -> Tensor:
        ctx.save_for_backward(inputs, weight, a, b)
        ctx.scale = scale
        return linear(inputs, weight, bias)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Any:
        inputs, weight, a, b = ctx.saved_tensors
        grad = grads[0].flatten(0, -2)
        flat = inputs.flatten(0, -2)
        before = (grad @ weight).view_as(inputs) if ctx.needs_input_grad[0] else None
        # The scale goes to the narrow matrices, where it costs next to nothing.
        grad_a = (grad @ b).mul_(ctx.scale).T @ flat
        grad_b = grad.T @ (flat @ a.T).mul_(ctx.scale)
        return before, None, None, grad_a, grad_b, None
