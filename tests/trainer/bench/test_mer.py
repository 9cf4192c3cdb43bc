from pathlib import Path

from small_nights import HABITS, base, shop

from understudy_trainer.bench.mer import measure
from understudy_trainer.bench.taught import repository
from understudy_trainer.repoworld.worlds import open_world


def test_every_cell_is_measured_and_what_is_learned_shows(tmp_path: Path) -> None:
    of = repository(open_world(shop(tmp_path / "shop")), holes=20, other=6, seed=0)
    result = measure(
        of,
        base(tmp_path),
        steps=6,
        seeds=(0,),
        progress=lambda text: None,
        settings=HABITS,
    )
    cells = [f"{share}_{reptile}" for share in (0, 25, 50) for reptile in ("off", "on")]
    assert {f"learned_loss_{cell}" for cell in cells} < result.figures.keys()
    # More replay leaves fewer rows to what is new.
    assert result.figures["learned_loss_0_off"] < result.figures["learned_loss_50_off"]
    assert result.figures["learned_loss_over_plain"] > 0
    assert result.settings["holes"] == 20
