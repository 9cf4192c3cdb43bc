"""Losses of packed rows, beside what transformers computes for one example at a time."""

from pathlib import Path
from typing import Any

import pytest
import torch
from tiny_models import example, tiny_model
from torch.nn.functional import cross_entropy
from transformers import Qwen3ForCausalLM

from understudy_trainer.learn.attention import counted_losses, within_examples
from understudy_trainer.learn.base_model import load_base
from understudy_trainer.learn.blocks import blocks_of
from understudy_trainer.learn.packing import Row, packed, pad
from understudy_trainer.learn.rendering import Rendered, load_form, render


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("model"))


def items_for(base: Path) -> list[Rendered]:
    made = [render(example(n), load_form(base), repository="shop", budget=192) for n in range(5)]
    return [item for item in made if item is not None]


def alone(model: Any, item: Rendered) -> torch.Tensor:
    """Of the ids that count, by transformers and nothing of ours."""
    ids = torch.tensor([list(item.ids)])
    logits = model(input_ids=ids).logits[0, item.first - 1 : -1]
    return cross_entropy(logits, ids[0, item.first :], reduction="none")


def test_packed_losses_are_those_of_examples_on_their_own(base: Path) -> None:
    items = items_for(base)
    (row,) = packed(items, 2048)
    with torch.no_grad():
        together = counted_losses(load_base(base, numbers=torch.float32), pad(row, 1024))
        plain = Qwen3ForCausalLM.from_pretrained(base)
        each = torch.cat([alone(plain, item) for item in items])
    assert len(row.lengths) > len(items) > 1
    torch.testing.assert_close(together, each, atol=1e-5, rtol=1e-5)


def test_the_gradient_comes_from_counted_tokens_only(base: Path) -> None:
    items = items_for(base)
    (row,) = packed(items, 2048)
    ours = load_base(base, numbers=torch.float32)
    counted_losses(ours, row).sum().backward()
    plain: Any = Qwen3ForCausalLM.from_pretrained(base)
    for item in items:
        labels = torch.tensor([[-100] * item.first + list(item.ids[item.first :])])
        counted = len(item.ids) - item.first
        (plain(input_ids=torch.tensor([list(item.ids)]), labels=labels).loss * counted).backward()
    wanted = dict(plain.named_parameters())
    for name, tensor in ours.named_parameters():
        torch.testing.assert_close(tensor.grad, wanted[name].grad, atol=1e-4, rtol=1e-4)


def test_attention_in_blocks_is_attention_within_examples() -> None:
    """In 32 bits, so that only what is computed can differ."""
    lengths = [130, 1, 200, 69, 20]
    drawn = torch.Generator().manual_seed(0)
    query, key, value = (
        torch.randn(1, heads, 420, 8, generator=drawn).requires_grad_() for heads in (4, 2, 2)
    )
    back = torch.randn(1, 420, 4, 8, generator=drawn)
    goes_on = [None, 0, None, 2, 2]
    blocks = blocks_of(lengths, goes_on, numbers=torch.float32)
    assert len(blocks) == 4
    asked: dict[str, Any] = {"segments": lengths, "goes_on": goes_on}
    wanted, _ = within_examples(None, query, key, value, None, **asked)
    found, _ = within_examples(None, query, key, value, None, **asked, blocks=blocks)
    torch.testing.assert_close(found, wanted)
    for ours, theirs in zip(
        torch.autograd.grad(found, (query, key, value), back),
        torch.autograd.grad(wanted, (query, key, value), back),
        strict=True,
    ):
        torch.testing.assert_close(ours, theirs)


@pytest.mark.parametrize("numbers", [torch.float32, torch.bfloat16])
def test_texts_behind_one_prompt_have_the_losses_that_they_have_alone(
    base: Path, numbers: torch.dtype
) -> None:
    model = load_base(base, numbers=numbers)
    item, other = items_for(base)[:2]
    prompt = list(item.ids[: item.first])
    texts = [[5, 6, 7], [8], [], [9, 10, 11, 12]]
    shared = Row()
    shared.put(other)
    shared.put_behind(prompt, texts)
    shared.put_behind(prompt[:20], texts[:2])
    apart = [other, *(Rendered([*prompt, *text], len(prompt)) for text in texts if text)]
    apart += [Rendered([*prompt[:20], *text], 20) for text in texts[:2]]
    assert len(shared.ids) < 2 / 3 * sum(len(each.ids) for each in apart)
    with torch.no_grad():
        found = counted_losses(model, pad(shared, 512))
        wanted = torch.cat([counted_losses(model, next(packed([each], 512))) for each in apart])
    bound = 1e-5 if numbers == torch.float32 else 5e-2
    torch.testing.assert_close(found, wanted, atol=bound, rtol=bound)


def test_losses_with_16_bits_are_those_with_32_but_for_rounding(base: Path) -> None:
    (row,) = packed(items_for(base), 2048)
    with torch.no_grad():
        wide = counted_losses(load_base(base, numbers=torch.float32), row)
        narrow = counted_losses(load_base(base, numbers=torch.bfloat16), row)
    assert not torch.equal(narrow, wide)
    assert (narrow - wide).norm() < 2e-2 * wide.norm()
