"""Rows of a batch, grouped by the adapter slot that they use, and LoRA products on such groups.

vLLM's CPU path gathers an adapter's matrices once for each token
(``vllm/lora/ops/torch_ops/lora_ops.py``), so its cost is the batch size times the size of the
adapter. Rows that use the same slot are multiplied together here, as in Punica's segmented
gather (Chen et al. 2023, https://arxiv.org/abs/2310.18547, section 4), with plain matrix products.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

import torch
from torch.nn.functional import linear

BASE = -1
"""The slot number of rows that use no adapter."""

ALL_ROWS = slice(None)


class Group(NamedTuple):
    """Rows of a batch that use one slot."""

    slot: int
    rows: slice | torch.Tensor
    """A slice where the rows are neighbours (a view, no copy), else their indices, int64."""


def group_rows(slots: Sequence[int]) -> tuple[Group, ...]:
    """Return the groups of a batch, given the slot of each of its rows.

    A batch that uses one slot throughout is one group of ``ALL_ROWS``, which also covers rows
    that the engine may have added as padding.
    """
    spans: dict[int, list[tuple[int, int]]] = {}
    start = 0
    for slot, run in groupby(slots):
        end = start + sum(1 for _ in run)
        spans.setdefault(slot, []).append((start, end))
        start = end
    if len(spans) == 1:
        return (Group(slots[0], ALL_ROWS),)
    return tuple(Group(slot, _rows(found)) for slot, found in spans.items())


def _rows(spans: list[tuple[int, int]]) -> slice | torch.Tensor:
    if len(spans) == 1:
        return slice(*spans[0])
    return torch.cat([torch.arange(start, end) for start, end in spans])


def shrink(
    y: torch.Tensor, x: torch.Tensor, a: torch.Tensor, groups: Iterable[Group], scale: float
) -> None:
    """Set ``y[rows] = scale * x[rows] @ a[slot].T`` for each group that uses an adapter.

    Shapes: y ``[rows, rank]``, x ``[rows, width]``, a ``[slots, 1, rank, width]`` or without the 1.
    """
    for slot, rows in groups:
        if slot != BASE:
            matrix = _matrix(a, slot)
            product = linear(x[rows].to(matrix.dtype), matrix).to(y.dtype)
            y[rows, : matrix.shape[0]] = product * scale


def expand(
    y: torch.Tensor, x: torch.Tensor, b: torch.Tensor, groups: Iterable[Group], *, add: bool
) -> None:
    """Add (or set) ``y[rows] = x[rows] @ b[slot].T`` for each group that uses an adapter.

    Shapes: y ``[rows, out]``, x ``[rows, rank]``, b ``[slots, 1, out, rank]`` or without the 1.
    Where y and b differ in width (padding), the columns that both have are written.
    """
    for slot, rows in groups:
        if slot != BASE:
            matrix = _matrix(b, slot)[: y.shape[1]]
            product = linear(x[rows].to(matrix.dtype), matrix).to(y.dtype)
            columns = slice(0, matrix.shape[0])
            if add:
                y[rows, columns] += product
            else:
                y[rows, columns] = product


def add_low_rank(
    y: torch.Tensor,
    x: torch.Tensor,
    a_slices: Sequence[torch.Tensor],
    b_slices: Sequence[torch.Tensor],
    widths: Sequence[int],
    slot: int,
) -> None:
    """Add one slot's ``x @ a.T @ b.T`` to all rows of y, slice by slice of its columns.

    Shapes: y ``[rows, sum(widths)]``, x ``[rows, width]``, a ``[slots, 1, rank, width]``,
    b ``[slots, 1, widths[i], rank]``. The rank-wide product is rounded to the adapter's type
    between the two multiplications, as stock vLLM does.
    """
    start = 0
    for a, b, width in zip(a_slices, b_slices, widths, strict=True):
        columns = y[:, start : start + width]
        columns += linear(linear(x, _matrix(a, slot)), _matrix(b, slot)).to(y.dtype)
        start += width


def _matrix(stacked: torch.Tensor, slot: int) -> torch.Tensor:
    matrix = stacked[slot]
    return matrix.squeeze(0) if matrix.dim() == 3 else matrix
