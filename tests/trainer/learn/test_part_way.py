"""An adapter that goes a part of the way."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from tiny_models import adapter_of, example, tiny_model

from understudy_trainer.learn.adapter import CONFIG, WEIGHTS
from understudy_trainer.learn.part_way import part_of_the_way

EXAMPLES = [example(number) for number in range(6)]


def test_from_the_base_model_the_product_is_scaled(tmp_path: Path) -> None:
    learned = adapter_of(EXAMPLES, base=tiny_model(tmp_path), folder=tmp_path / "night")
    half = part_of_the_way(learned, 0.5, parent=None, into=tmp_path / "half")
    before, after = load_file(learned / WEIGHTS), load_file(half / WEIGHTS)
    assert (half / CONFIG).read_bytes() == (learned / CONFIG).read_bytes()
    a, b = (next(name for name in before if part in name) for part in (".lora_A.", ".lora_B."))
    assert before[b].abs().sum() > 0
    torch.testing.assert_close(after[a], before[a])
    torch.testing.assert_close(after[b], before[b] / 2)


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_from_a_parent_each_tensor_goes_a_part_of_its_way(tmp_path: Path, share: float) -> None:
    base = tiny_model(tmp_path)
    parent = adapter_of(EXAMPLES[:3], base=base, folder=tmp_path / "first")
    learned = adapter_of(EXAMPLES[3:], base=base, folder=tmp_path / "second", seed=1)
    into = part_of_the_way(learned, share, parent=parent, into=tmp_path / "between")
    began, ended, between = (load_file(each / WEIGHTS) for each in (parent, learned, into))
    for name, tensor in between.items():
        torch.testing.assert_close(tensor, (1 - share) * began[name] + share * ended[name])
