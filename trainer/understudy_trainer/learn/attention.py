"""Attention within each example of a row, and losses where they count.

A row goes through the model as one sequence, and attention is computed for one example after the
other; a text that goes on from a prompt sees that, too. A mask over the whole row gives the same
numbers, but computes all pairs of tokens to throw most away.
"""

from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, scaled_dot_product_attention
from transformers import AttentionInterface

from understudy_trainer.learn.blocks import Block, attend, blocks_of
from understudy_trainer.learn.packing import Row, positions

PACKED = "understudy_packed"


def counted_losses(model: Any, row: Row) -> Tensor:
    """Nats of the next token at each counted position, in the order of the row.

    `model` is a causal language model that was loaded with `PACKED`. Only at counted positions are
    logits computed: they would be half of the work otherwise.
    """
    device = model.device
    ids = torch.tensor([row.ids], device=device)
    places = torch.tensor(row.counted, device=device)
    # Elsewhere, and in 32 bits, torch's own attention is the quicker one.
    by_hand = device.type == "cpu" and model.dtype != torch.float32
    hidden: Tensor = model.model(
        input_ids=ids,
        position_ids=torch.tensor([positions(row.lengths, row.goes_on)], device=device),
        use_cache=False,
        segments=row.lengths,
        goes_on=row.goes_on,
        blocks=blocks_of(row.lengths, row.goes_on, numbers=model.dtype) if by_hand else None,
    ).last_hidden_state
    logits: Tensor = model.lm_head(hidden[0].index_select(0, places))
    targets = ids[0].index_select(0, places + 1)
    return cross_entropy(logits.float(), targets, reduction="none")


def within_examples(
    module: Any,
    query: Any,
    key: Any,
    value: Any,
    attention_mask: Tensor | None,
    *,
    segments: list[int],
    goes_on: list[int | None],
    blocks: list[Block] | None = None,
    scaling: float | None = None,
    **_: Any,
) -> tuple[Tensor, None]:
    """As transformers calls it: tensors [1, heads, tokens, size] to [1, tokens, heads, size]."""
    if blocks is not None:
        times = query.shape[1] // key.shape[1]
        if times > 1:
            key, value = (each.repeat_interleave(times, dim=1) for each in (key, value))
        scale = query.shape[-1] ** -0.5 if scaling is None else scaling
        return attend(query, key, value, blocks=blocks, scale=scale), None
    queries, keys, values = (each.split(segments, dim=2) for each in (query, key, value))
    parts: list[Tensor] = []
    for q, k, v, stem in zip(queries, keys, values, goes_on, strict=True):
        mask = None
        if stem is not None:
            mask = torch.ones(q.shape[2], segments[stem] + q.shape[2], dtype=torch.bool)
            mask = mask.tril(segments[stem]).to(q.device)
            k, v = torch.cat((keys[stem], k), dim=2), torch.cat((values[stem], v), dim=2)
        parts.append(
            scaled_dot_product_attention(
                q,
                k,
                v,
                attn_mask=mask,
                is_causal=mask is None,
                scale=scaling,
                enable_gqa=query.shape[1] != key.shape[1],
            )
        )
    return torch.cat(parts, dim=2).transpose(1, 2), None


_interface: Any = AttentionInterface
_interface.register(PACKED, within_examples)
