"""How fast this machine multiplies matrices of a model's shapes, and in which type of number."""

import time
from collections.abc import Iterable
from functools import cache
from itertools import cycle
from typing import Any

import torch

from understudy_trainer.learn.base_model import all_computed, device, linear_shapes
from understudy_trainer.learn.checkpoint import number_type

TRIAL_S = 0.4
CLEARLY_FASTER = 1.2
"""Times. Less is noise, and 32 bits lose nothing."""


def faster_numbers(shapes: Iterable[tuple[int, int]], rows: int) -> str:
    """`bfloat16` where the processor has instructions for it, else `float32`."""
    found = sorted(set(shapes))
    rate32 = matmul_rate(found, rows, torch.float32, seconds=TRIAL_S)
    rate16 = matmul_rate(found, rows, torch.bfloat16, seconds=TRIAL_S)
    return "bfloat16" if rate16 > CLEARLY_FASTER * rate32 else "float32"


def faster_type(model: Any, rows: int) -> torch.dtype:
    """The same for the linear layers of a model. Measured once, so that two releases that are
    compared compute alike."""
    return number_type(_measured(tuple(sorted(set(linear_shapes(model).values()))), rows))


@cache
def _measured(shapes: tuple[tuple[int, int], ...], rows: int) -> str:
    return faster_numbers(shapes, rows)


def matmul_rate(
    shapes: Iterable[tuple[int, int]], rows: int, numbers: torch.dtype, *, seconds: float
) -> float:
    """FLOP/s of a row of tokens through linear layers, forward and back to their inputs, each
    layer in turn."""
    there = device()
    made = [
        (
            torch.randn(rows, inputs).to(there, numbers),
            torch.randn(outputs, inputs).to(there, numbers),
        )
        for outputs, inputs in shapes
    ]
    for inputs, weight in made:
        _there_and_back(inputs, weight)
    all_computed()
    done = 0.0
    began = time.perf_counter()
    for inputs, weight in cycle(made):
        _there_and_back(inputs, weight)
        all_computed()
        done += 4.0 * rows * weight.numel()
        spent = time.perf_counter() - began
        if spent > seconds:
            return done / spent
    return 0.0


def _there_and_back(inputs: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    return (inputs @ weight.T) @ weight


def threads() -> int:
    """That compute at once."""
    return torch.get_num_threads()
