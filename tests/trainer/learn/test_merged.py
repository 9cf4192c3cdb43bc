"""Layers with one merged weight, beside PEFT's own."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
import torch
from tiny_models import SMALL, Clock, example, tiny_model

from understudy_releases.fingerprint import fingerprint
from understudy_trainer.learn.adapter import add_adapter, read_adapter
from understudy_trainer.learn.attention import counted_losses
from understudy_trainer.learn.base_model import load_base, trainable
from understudy_trainer.learn.losses import losses, mean_loss
from understudy_trainer.learn.mer import train
from understudy_trainer.learn.merged import merge_layers
from understudy_trainer.learn.packing import Row, packed
from understudy_trainer.learn.rendering import load_form, render
from understudy_trainer.learn.replay import Replay

EXAMPLES = [example(number) for number in range(8)]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("model"), width=32)


def row_for(base: Path) -> Row:
    form = load_form(base)
    made = [render(each, form, repository="shop", budget=192) for each in EXAMPLES[:4]]
    (row,) = packed([each for each in made if each], 1024)
    return row


def with_adapter(base: Path, numbers: torch.dtype) -> Any:
    """Whose B matrices are not zero."""
    model = add_adapter(load_base(base, numbers=numbers), SMALL, parent=None, seed=0)
    drawn = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for name, tensor in trainable(model).items():
            if "lora_B" in name:
                tensor.copy_(torch.randn(tensor.shape, generator=drawn))
    return model


def loss_and_gradients(model: Any, row: Row) -> tuple[torch.Tensor, torch.Tensor]:
    loss = counted_losses(model.get_base_model(), row).mean()
    loss.backward()
    grads = [tensor.grad.float().flatten() for tensor in trainable(model).values()]  # type: ignore[union-attr]
    return loss.detach(), torch.cat(grads)


def merged(base: Path, numbers: torch.dtype) -> Any:
    model = with_adapter(base, numbers)
    for layer in merge_layers(model):
        layer.merge(trainable(model))
    return model


def test_loss_and_gradients_are_those_of_peft(base: Path) -> None:
    row = row_for(base)
    wanted_loss, wanted = loss_and_gradients(with_adapter(base, torch.float32), row)
    loss, found = loss_and_gradients(merged(base, torch.float32), row)
    torch.testing.assert_close(loss, wanted_loss)
    assert (found - wanted).norm() < 1e-4 * wanted.norm()


def test_with_16_bits_they_are_nearly_as_near_to_the_truth_as_those_of_peft(base: Path) -> None:
    """Not quite: PEFT rounds what comes out of a layer, and here the layer's weight is rounded
    too."""
    row = row_for(base)
    wanted_loss, wanted = loss_and_gradients(with_adapter(base, torch.float32), row)
    _, theirs = loss_and_gradients(with_adapter(base, torch.bfloat16), row)
    loss, found = loss_and_gradients(merged(base, torch.bfloat16), row)
    plain = add_adapter(load_base(base, numbers=torch.float32), SMALL, parent=None, seed=0)
    without, _ = loss_and_gradients(plain, row)
    assert abs(loss - wanted_loss) < 5e-3 * wanted_loss
    assert (found - wanted).norm() < 2.5 * (theirs - wanted).norm()
    assert abs(without - wanted_loss) > 5 * abs(loss - wanted_loss)


@pytest.mark.parametrize("numbers", ["float32", "bfloat16"])
def test_what_training_says_is_what_the_adapter_does(
    base: Path, tmp_path: Path, numbers: Any
) -> None:
    """A second night whose steps change nothing says the loss of the first one's adapter."""
    learning = msgspec.structs.replace(
        SMALL, numbers=numbers, passes=20, learning_rate=1e-2, reptile_every=0
    )
    one_step = msgspec.structs.replace(
        learning, passes=1, rows_per_step=8, row_tokens=2048, reptile_every=1, reptile_epsilon=0.0
    )

    def night(name: str, settings: Any, parent: Path | None) -> Any:
        return train(
            EXAMPLES,
            base=base,
            parent=parent,
            replay=Replay(),
            settings=settings,
            budget_s=1000,
            folder=tmp_path / name,
            seed=0,
            progress=lambda step: None,
            clock=Clock(),
        )

    adapter = night("first", learning, None).folder
    said = night("second", one_step, adapter).report.position.losses[0].new
    end = end_losses(base, adapter)
    tolerance = 1e-4 if numbers == "float32" else 1e-2
    assert said == pytest.approx(end, rel=tolerance)
    before = mean_loss(losses(EXAMPLES, base=base, repository="shop"))
    assert mean_loss(losses(EXAMPLES, base=base, adapter=adapter, repository="shop")) < before - 0.1


def end_losses(base: Path, adapter: Path) -> float:
    """As `losses`, with PEFT's own layers, and of the end of the middle too, which training
    counts."""
    model = add_adapter(load_base(base, numbers=torch.float32), SMALL, parent=adapter, seed=0)
    tensors = read_adapter(adapter, model=model, base=fingerprint(base))
    form = load_form(base)
    made = [render(each, form, repository="shop", budget=192) for each in EXAMPLES]
    with torch.no_grad():
        for name, tensor in trainable(model).items():
            tensor.copy_(tensors[name])
        rows = packed([each for each in made if each], 2048)
        found = torch.cat([counted_losses(model.get_base_model(), row) for row in rows])
    return float(found.mean())
