"""What a model writes greedily, beside transformers without any cache, one token at a time."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
import torch
from peft import PeftModel
from tiny_models import PROMPTER, SMALL, Clock, example, tiny_model
from transformers import AutoModelForCausalLM

from understudy_trainer.learn.greedy import answers
from understudy_trainer.learn.mer import train
from understudy_trainer.learn.rendering import load_form, prompt_of
from understudy_trainer.learn.replay import Replay

EXAMPLES = [example(number) for number in range(20)]


def one_by_one(model: Any, base: Path, *, count: int = 20, most: int = 8) -> list[str]:
    form = load_form(base)
    stops = [form.tokenizer.token_id(name) for name in form.fmt.stops]
    found: list[str] = []
    for each in EXAMPLES[:count]:
        prompt = prompt_of(each, form, repository="shop", prompt_tokens=1024)
        ids: list[int] = []
        text = ""
        while len(ids) < most and "\n" not in text.lstrip():
            with torch.no_grad():
                token = int(model(torch.tensor([[*prompt.ids, *ids]])).logits[0, -1].argmax())
            if token in stops:
                break
            ids.append(token)
            text = form.tokenizer.decode(ids)
        blank = len(text) - len(text.lstrip())
        text = text[:blank] + text[blank:].partition("\n")[0]
        found.append(text.removeprefix(prompt.healed).rstrip())
    return found


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("model"))


def test_answers_are_those_of_transformers_without_a_cache(base: Path) -> None:
    done: list[int] = []
    found = answers(
        EXAMPLES,
        base=base,
        repository="shop",
        most_tokens=8,
        numbers=torch.float32,
        progress=done.append,
    )
    assert found == one_by_one(AutoModelForCausalLM.from_pretrained(base), base)
    assert len(set(found)) > 1
    assert done == [16, 20]


def test_lines_and_middles_end_where_the_embedded_model_ends_them() -> None:
    model = AutoModelForCausalLM.from_pretrained(PROMPTER, dtype=torch.float32)
    found = answers(EXAMPLES[:4], base=PROMPTER, repository="shop", numbers=torch.float32)
    assert found == one_by_one(model, PROMPTER, count=4, most=24)
    assert all(text == text.rstrip() and "\n" not in text.strip() for text in found)


def test_an_adapter_answers_as_peft_applies_it(base: Path, tmp_path: Path) -> None:
    adapter = train(
        EXAMPLES,
        base=base,
        parent=None,
        replay=Replay(),
        settings=msgspec.structs.replace(SMALL, passes=8, learning_rate=2e-2, reptile_every=0),
        budget_s=1000,
        folder=tmp_path,
        seed=0,
        progress=lambda step: None,
        clock=Clock(),
    ).folder
    plain = AutoModelForCausalLM.from_pretrained(base)
    before = one_by_one(plain, base, count=4)
    wanted = one_by_one(PeftModel.from_pretrained(plain, adapter).eval(), base, count=4)
    found = answers(
        EXAMPLES[:4],
        base=base,
        adapter=adapter,
        repository="shop",
        most_tokens=8,
        numbers=torch.float32,
    )
    assert found == wanted
    assert found != before


def test_the_faster_numbers_answer_too() -> None:
    assert all(answers(EXAMPLES[:2], base=PROMPTER, repository="shop"))


def test_nothing_is_asked_of_no_examples(base: Path) -> None:
    assert answers([], base=base) == []
