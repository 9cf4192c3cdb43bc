"""Holes of earlier nights, and what their loss was when they had just been learned."""

from pathlib import Path

import msgspec
from tiny_models import example

from understudy_trainer.learn.losses import ExampleLoss
from understudy_trainer.night.earlier import FIRST, asked_again, first_losses, settle

HOLES = [msgspec.structs.replace(example(number), path=f"{number}.py") for number in range(3)]
FILES = {hole.path: hole.prefix + hole.middle + hole.suffix for hole in HOLES}


def told(*nats: float) -> list[ExampleLoss]:
    return [ExampleLoss(hole.id, 2, each) for hole, each in zip(HOLES, nats, strict=False)]


def test_what_was_held_out_is_asked_again_as_long_as_it_stands(tmp_path: Path) -> None:
    settle(tmp_path, HOLES[:2])
    assert asked_again(tmp_path, 9, FILES) == ()  # it has not been learned yet
    settle(tmp_path, HOLES[2:])
    assert {hole.path for hole in asked_again(tmp_path, 9, FILES)} == {"0.py", "1.py"}
    elsewhere = FILES | {"0.py": "\n# moved\n" + FILES["0.py"]}
    assert len(asked_again(tmp_path, 9, elsewhere)) == 2
    rewritten = FILES | {"0.py": FILES["0.py"].replace(HOLES[0].middle, "rewritten")}
    assert [hole.path for hole in asked_again(tmp_path, 9, rewritten)] == ["1.py"]


def test_the_first_loss_stays_whatever_comes_later(tmp_path: Path) -> None:
    assert first_losses(tmp_path, HOLES[:2], told(1.0, 2.0), of="a") == [1.0, 2.0]
    # Neither better ones nor worse ones move it, and new holes have tonight's.
    assert first_losses(tmp_path, HOLES, told(0.5, 3.0, 4.0), of="a") == [1.0, 2.0, 4.0]
    assert first_losses(tmp_path, HOLES[1:], told(9.0, 9.0), of="a") == [2.0, 4.0]
    assert first_losses(tmp_path, HOLES[:1], told(7.0), of="a") == [1.0]


def test_losses_of_another_base_model_or_a_damaged_file_begin_anew(tmp_path: Path) -> None:
    first_losses(tmp_path, HOLES, told(1.0, 1.0, 1.0), of="a")
    assert first_losses(tmp_path, HOLES, told(2.0, 2.0, 2.0), of="b") == [2.0] * 3
    (tmp_path / FIRST).write_text("nothing of the kind")
    assert first_losses(tmp_path, HOLES, told(3.0, 3.0, 3.0), of="b") == [3.0] * 3
