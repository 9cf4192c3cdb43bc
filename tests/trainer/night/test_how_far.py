"""A night that went too far goes a part of its way."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest
import torch
from tiny_models import BY_HEART, adapter_of, example, tiny_model

from understudy_trainer.curriculum.example import Example
from understudy_trainer.learn.losses import ExampleLoss, losses
from understudy_trainer.learn.part_way import part_of_the_way
from understudy_trainer.night.arms import Arms
from understudy_trainer.night.how_far import Far, as_far_as_is_best, put_aside
from understudy_trainer.night.proof import Losses, Sets
from understudy_trainer.night.watch import silent
from understudy_trainer.reinforce.reward import hole_of

LEARNED = [example(number) for number in range(8)]
OTHER = [example(number) for number in range(20, 24)]
SETS: Sets = {
    "new code": LEARNED[:2],
    "new code, with snippets": LEARNED[2:4],
    "earlier holes": (),
    "other code": OTHER,
}


class Learned(NamedTuple):
    base: Path
    adapter: Path
    folder: Path

    def nats(self, share: float) -> float:
        """On other code, so much of the way."""
        into = self.folder / f"nats-{share}"
        adapter = part_of_the_way(self.adapter, share, parent=None, into=into)
        return sum(each.nats for each in _losses(OTHER, self.base, adapter))

    def far(self, other: float, notes: list[str], aside: Sequence[Example] = ()) -> Far:
        """Beside a base model of which other code has so many nats."""
        was: Losses = {
            "earlier holes": (),
            "other code": [ExampleLoss(OTHER[0].id, 2, other)],
        }
        return as_far_as_is_best(
            Arms(self.base, "shop", self.folder, "all", "float32"),
            self.adapter,
            SETS,
            aside,
            began=None,
            base=was,
            parent=was,
            first=(),
            notes=notes,
            watch=silent(),
        )


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> Learned:
    folder = tmp_path_factory.mktemp("far")
    base = tiny_model(folder)
    learned = adapter_of(LEARNED, base=base, folder=folder / "night", **BY_HEART)
    # Beyond what was learned, where everything gets worse the further one goes.
    adapter = part_of_the_way(learned, 4.0, parent=None, into=folder / "beyond")
    return Learned(base, adapter, folder)


def test_all_of_the_way_is_gone_where_little_is_forgotten(learned: Learned) -> None:
    notes: list[str] = []
    far = learned.far(learned.nats(1.0), notes)
    assert far.adapter == learned.adapter
    assert notes == []
    assert {name: len(each) for name, each in far.losses.items()} == {
        name: len(holes) for name, holes in SETS.items()
    }


def test_a_part_of_the_way_is_gone_where_all_of_it_forgets_too_much(learned: Learned) -> None:
    whole, most, half = (learned.nats(share) for share in (1.0, 0.75, 0.5))
    assert whole > 1.01 * most > 1.02 * half
    notes: list[str] = []
    far = learned.far(most / 1.045, notes)
    assert notes[0].startswith("The release goes 75% of the way that was learned. It forgot too")
    assert sum(each.nats for each in far.losses["other code"]) == pytest.approx(most)
    new = _losses(SETS["new code"], learned.base, far.adapter)
    assert [each.nats for each in far.losses["new code"]] == [each.nats for each in new]
    assert learned.far(half / 1.045, notes).adapter.name == "part-way-50"


def test_a_part_of_the_way_is_gone_where_all_of_it_is_worse_on_what_was_put_aside(
    learned: Learned,
) -> None:
    notes: list[str] = []
    far = learned.far(learned.nats(1.0), notes, LEARNED[4:])
    assert far.adapter.name == "part-way-50"
    assert notes[0].endswith("All of it is worse on 4 holes that were put aside.")


def test_what_is_put_aside_is_of_other_places_than_what_the_gate_asks() -> None:
    holes = [hole_of(example(number), world="shop") for number in range(90)]
    again = [msgspec.structs.replace(hole, middle="0\n") for hole in holes[:60]]
    found = put_aside([*again, *holes], holes[:60], seed=0)
    assert len(found) == 20
    assert not {hole.path for hole in found} & {hole.path for hole in holes[:60]}
    assert put_aside(holes[:70], holes[:60], seed=0) == ()


def test_the_gate_judges_all_of_it_where_half_is_too_far(learned: Learned) -> None:
    notes: list[str] = []
    assert learned.far(learned.nats(0.5) / 2, notes).adapter == learned.adapter
    assert notes == []


def _losses(holes: Sequence[Example], base: Path, adapter: Path) -> Sequence[ExampleLoss]:
    return losses(holes, base=base, adapter=adapter, repository="shop", numbers=torch.float32)
