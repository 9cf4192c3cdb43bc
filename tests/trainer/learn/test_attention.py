"""Losses of packed rows, beside what transformers computes for one example at a time."""

from pathlib import Path
from typing import Any

import pytest
import torch
from tiny_models import example, tiny_model
from torch.nn.functional import cross_entropy
from transformers import Qwen3ForCausalLM

from understudy_trainer.learn.attention import counted_losses
from understudy_trainer.learn.base_model import load_base
from understudy_trainer.learn.packing import packed, pad
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
