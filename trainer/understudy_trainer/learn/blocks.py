"""Attention on a processor, in 16 bits, some queries at a time.

torch's own for processors is slow there, going back above all. Here are plain matrix products,
whose halves that nobody may see are mostly left out, as a block of queries meets only the keys
between the beginning of its examples and itself. Blocks lie at fixed places of the row and keys
begin at fixed places, whatever the lengths of examples: a product of a new shape costs its
preparation.
"""

from collections.abc import Sequence
from itertools import accumulate
from typing import Any, NamedTuple

import torch
from torch import Tensor

QUERIES = 128
STEP = 64


class Block(NamedTuple):
    queries: slice
    keys: slice
    mask: Tensor
    """[queries, keys], 0 where a query sees a key and minus infinity elsewhere."""


def blocks_of(
    lengths: Sequence[int], goes_on: Sequence[int | None], *, numbers: torch.dtype
) -> list[Block]:
    """Of a row whose stretches are so long, and go on from these."""
    starts = list(accumulate(lengths, initial=0))
    stems = [number if stem is None else stem for number, stem in enumerate(goes_on)]
    sizes = torch.tensor(lengths)
    own, stem_from, stem_to = (
        torch.tensor(places).repeat_interleave(sizes)[:, None]
        for places in (
            starts[:-1],
            [starts[stem] for stem in stems],
            [starts[stem + 1] for stem in stems],
        )
    )
    found: list[Block] = []
    for first in range(0, starts[-1], QUERIES):
        last = min(first + QUERIES, starts[-1])
        here = slice(first, last)
        begin = int(stem_from[first]) // STEP * STEP
        at, keys = torch.arange(first, last)[:, None], torch.arange(begin, last)[None]
        of_stem = (keys >= stem_from[here]) & (keys < stem_to[here])
        seen = (keys <= at) & ((keys >= own[here]) | of_stem)
        mask = torch.zeros(seen.shape, dtype=numbers).masked_fill_(~seen, float("-inf"))
        found.append(Block(here, slice(begin, last), mask))
    return found


def attend(
    query: Tensor, key: Tensor, value: Tensor, *, blocks: Sequence[Block], scale: float
) -> Tensor:
    """Of [1, heads, tokens, size], as many heads of each, to [1, tokens, heads, size]."""
    attention: Any = _Attention
    return attention.apply(query, key, value, blocks, scale)


class _Attention(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        blocks: Sequence[Block],
        scale: float,
    ) -> Tensor:
        q, k, v = (query[0] * scale, key[0].contiguous(), value[0].contiguous())
        heads, tokens, size = q.shape
        result = query.new_empty((1, tokens, heads, size))
        out = result[0].transpose(0, 1)
        seen: list[Tensor] = []
        for at, keys, mask in blocks:
            scores = torch.bmm(q[:, at], k[:, keys].transpose(1, 2))
            shares = scores.add_(mask).softmax(-1)
            out[:, at] = torch.bmm(shares, v[:, keys])
            seen.append(shares)
        ctx.save_for_backward(q, k, v, *seen)
        ctx.blocks, ctx.scale = blocks, scale
        return result

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Any:
        q, k, v, *seen = ctx.saved_tensors
        grad = grads[0][0].transpose(0, 1).contiguous()
        grad_q, grad_k, grad_v = torch.empty_like(q), torch.zeros_like(k), torch.zeros_like(v)
        for (at, keys, _), shares in zip(ctx.blocks, seen, strict=True):
            own = grad[:, at]
            grad_v[:, keys] += torch.bmm(shares.transpose(1, 2), own)
            back = torch.bmm(own, v[:, keys].transpose(1, 2))
            scores = torch.ops.aten._softmax_backward_data(back, shares, -1, shares.dtype)
            grad_q[:, at] = torch.bmm(scores, k[:, keys])
            grad_k[:, keys] += torch.bmm(scores.transpose(1, 2), q[:, at])
        return grad_q.mul_(ctx.scale)[None], grad_k[None], grad_v[None], None, None
