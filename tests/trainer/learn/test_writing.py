"""Texts that are written side by side, beside transformers without any cache."""

from pathlib import Path
from typing import Any

import pytest
import torch
from tiny_models import example, tiny_model
from transformers import AutoModelForCausalLM

from understudy_trainer.learn.losses import load_for_scoring
from understudy_trainer.learn.memory_of_prompts import REMEMBERING
from understudy_trainer.learn.rendering import Form, load_form, prompt_of
from understudy_trainer.learn.writing import Written, drawn_by_chance, written


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("model"))


def drawn(base: Path, *, seed: int, texts: int = 3) -> tuple[Form, list[Any], list[list[Written]]]:
    form = load_form(base)
    prompts = [
        prompt_of(example(number), form, repository="shop", prompt_tokens=256)
        for number in range(3)
    ]
    model = load_for_scoring(base, adapter=None)
    model.set_attn_implementation(REMEMBERING)
    choose = drawn_by_chance(torch.Generator().manual_seed(seed))
    found = written(model, prompts, form, choose=choose, texts=texts, most_tokens=6)
    return form, prompts, found


def test_log_probabilities_are_those_of_the_model(base: Path) -> None:
    _, prompts, found = drawn(base, seed=0)
    model = AutoModelForCausalLM.from_pretrained(base)
    for prompt, texts in zip(prompts, found, strict=True):
        for text in texts:
            ids = torch.tensor([[*prompt.ids, *text.tokens]])
            with torch.no_grad():
                logprobs = model(ids).logits[0].log_softmax(-1)
            expected = [
                float(logprobs[len(prompt.ids) - 1 + at, token])
                for at, token in enumerate(text.tokens)
            ]
            assert text.logprobs == pytest.approx(expected, abs=1e-3)


def test_several_texts_after_a_prompt_are_drawn_apart(base: Path) -> None:
    _, _, found = drawn(base, seed=0, texts=4)
    assert [len(texts) for texts in found] == [4, 4, 4]
    assert len({tuple(each.tokens) for texts in found for each in texts}) > 6


def test_the_same_seed_draws_the_same(base: Path) -> None:
    assert drawn(base, seed=3)[2] == drawn(base, seed=3)[2]
    assert drawn(base, seed=3)[2] != drawn(base, seed=4)[2]


def test_a_text_is_its_tokens_up_to_the_end_of_the_line(base: Path) -> None:
    form, prompts, found = drawn(base, seed=1)
    for prompt, texts in zip(prompts, found, strict=True):
        for text in texts:
            assert 1 <= len(text.tokens) <= 6
            assert len(text.logprobs) == len(text.tokens)
            whole = form.tokenizer.decode(text.tokens).removeprefix(prompt.healed)
            assert "\n" not in text.text.strip()
            assert whole.startswith(text.text)
