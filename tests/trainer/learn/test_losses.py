"""The loss of true middles, beside transformers on the tokens that the gateway would send."""

from pathlib import Path
from typing import Any

import pytest
import torch
from peft import PeftModel
from tiny_models import PROMPTER, SMALL, Clock, example, tiny_model
from transformers import AutoModelForCausalLM

from understudy_protocol import fim
from understudy_trainer.learn.losses import losses, mean_loss
from understudy_trainer.learn.mer import train
from understudy_trainer.learn.rendering import load_form
from understudy_trainer.learn.replay import Replay

EXAMPLES = [example(number) for number in range(6)]


def as_the_gateway_scores(model: Any, base: Path) -> list[tuple[int, float]]:
    """As `understudy_server.scores` makes its prompts, one by one, with nothing of the trainer."""
    form = load_form(base)
    found: list[tuple[int, float]] = []
    for each in EXAMPLES:
        parts = fim.Parts(each.prefix, each.suffix, each.path, "shop", each.snippets)
        prompt = fim.render(parts, fmt=form.fmt, tokenizer=form.tokenizer, budget=1024)
        middle = fim.middle_ids(prompt, each.middle, fmt=form.fmt, tokenizer=form.tokenizer)
        ids = torch.tensor([[*prompt.ids, *middle]])
        with torch.no_grad():
            logs = model(input_ids=ids).logits[0].log_softmax(-1)
        places = range(len(prompt.ids) - 1, ids.shape[1] - 1)
        found.append((len(middle), -sum(float(logs[at, ids[0, at + 1]]) for at in places)))
    return found


def test_the_embedded_model_scores_as_through_the_gateway() -> None:
    found = losses(EXAMPLES, base=PROMPTER, repository="shop", numbers=torch.float32)
    model = AutoModelForCausalLM.from_pretrained(PROMPTER, dtype=torch.float32)
    wanted = as_the_gateway_scores(model, PROMPTER)
    assert [each.tokens for each in found] == [tokens for tokens, _ in wanted]
    assert [each.nats for each in found] == pytest.approx([nats for _, nats in wanted], rel=1e-4)
    assert [each.id for each in found] == [each.id for each in EXAMPLES]


def test_an_adapter_scores_as_peft_applies_it(tmp_path: Path) -> None:
    base = tiny_model(tmp_path)
    done = train(
        EXAMPLES,
        base=base,
        parent=None,
        replay=Replay(),
        settings=SMALL,
        budget_s=1000,
        folder=tmp_path / "night",
        seed=0,
        progress=lambda step: None,
        clock=Clock(),
    )
    plain = AutoModelForCausalLM.from_pretrained(base)
    without = as_the_gateway_scores(plain, base)
    adapted = PeftModel.from_pretrained(plain, done.folder).eval()
    wanted = [nats for _, nats in as_the_gateway_scores(adapted, base)]
    found = losses(
        EXAMPLES, base=base, adapter=done.folder, repository="shop", numbers=torch.float32
    )
    assert [each.nats for each in found] == pytest.approx(wanted, rel=1e-5)
    assert wanted != pytest.approx([nats for _, nats in without], rel=1e-5)


def test_sixteen_bits_find_nearly_the_same() -> None:
    found = losses(EXAMPLES, base=PROMPTER, repository="shop", numbers=torch.bfloat16)
    exact = losses(EXAMPLES, base=PROMPTER, repository="shop", numbers=torch.float32)
    assert mean_loss(found) == pytest.approx(mean_loss(exact), rel=0.01)


def test_the_mean_weighs_every_token_the_same(tmp_path: Path) -> None:
    found = losses(EXAMPLES[:2], base=tiny_model(tmp_path))
    assert mean_loss(found) == pytest.approx(
        (found[0].nats + found[1].nats) / (found[0].tokens + found[1].tokens)
    )
    assert mean_loss([]) == 0.0
