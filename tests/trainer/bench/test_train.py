"""What `bench train` measures, on a tiny model."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from tiny_models import SMALL, example, tiny_model
from torch.utils.flop_counter import FlopCounterMode

from understudy_releases.fingerprint import fingerprint
from understudy_releases.paths import embedded_model
from understudy_trainer.bench.train import measure, own_code
from understudy_trainer.learn.attention import counted_losses
from understudy_trainer.learn.flops import work_of
from understudy_trainer.learn.learner import new_learner
from understudy_trainer.learn.packing import packed
from understudy_trainer.learn.rendering import load_form, render


def test_the_figures_agree_with_each_other(tmp_path: Path) -> None:
    figures = measure(tiny_model(tmp_path), seconds=0, progress=lambda text: None).figures
    assert figures["matmul_share"] == pytest.approx(
        figures["model_gflops"] / figures["matmul_gflops"]
    )
    stages = [value for name, value in figures.items() if name.startswith("share_of_time_")]
    assert sum(stages) == pytest.approx(1)
    assert 0.7 < figures["row_fill"] <= 1


@pytest.mark.parametrize("mode", ["full", "lora"])
def test_the_work_is_what_torch_counts(tmp_path: Path, mode: Any) -> None:
    base = tiny_model(tmp_path)
    settings = msgspec.structs.replace(SMALL, mode=mode)
    learner = new_learner(base, settings, parent=None, digest=fingerprint(base), seed=0)
    model = learner.model if mode == "full" else learner.model.get_base_model()
    item = render(example(1), load_form(base), repository="shop", budget=192)
    assert item is not None
    (row,) = packed([item], 256)
    with FlopCounterMode(display=False) as forward:
        loss: Any = counted_losses(model, row).sum()
    with FlopCounterMode(display=False) as backward:
        loss.backward()
    work = work_of(model, row, rank=learner.rank)
    # Of attention on a CPU torch counts nothing.
    assert forward.get_total_flops() == work.forward - work.attention
    assert backward.get_total_flops() == work.backward - 2 * work.attention


def test_the_learner_is_measured_on_code_that_is_always_there() -> None:
    assert len(own_code()) > 100
    assert any(embedded_model().glob("*.safetensors"))
