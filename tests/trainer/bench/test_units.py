from pathlib import Path

import pytest
from small_nights import HABITS, base, shop

from understudy_trainer.bench.taught import examples, repository
from understudy_trainer.bench.units import measure
from understudy_trainer.curriculum.example import Unit
from understudy_trainer.repoworld.worlds import open_world


def test_a_unit_is_left_out_at_a_time(tmp_path: Path) -> None:
    of = repository(open_world(shop(tmp_path / "shop")), holes=20, other=6, seed=0)
    shares: dict[Unit, float] = {"design": 0.06, "evolution": 0.3}
    assert {each.unit for each in examples(of, seed=0, shares=shares)} <= shares.keys()
    figures = measure(
        of, base(tmp_path), steps=6, progress=lambda text: None, settings=HABITS
    ).figures
    assert figures["gain_all"] > 0
    for unit in ("design", "implementation", "evolution"):
        worth = figures["gain_all"] - figures[f"gain_without_{unit}"]
        assert figures[f"worth_of_{unit}"] == pytest.approx(worth)
