from pathlib import Path

from tiny_models import tiny_model

from understudy_trainer.bench.conventions import ARMS, Size, measure
from understudy_trainer.bench.planted import (
    CONVENTIONS,
    NOUNS,
    lessons_read,
    written_before,
    written_since,
)
from understudy_trainer.lessons.pair import Pair
from understudy_trainer.lessons.proving import spot_at
from understudy_trainer.lessons.templates import lesson_of
from understudy_trainer.reinforce.reward import hole_of


def test_what_has_changed_can_be_said_and_holds_at_other_places() -> None:
    old, new = written_before(NOUNS[:2]), written_since(NOUNS[:2])
    assert len(old) == len(new) == 2 * len(CONVENTIONS)
    for before, since in zip(old, new, strict=True):
        assert (before.prefix, before.suffix) == (since.prefix, since.suffix)
        hole = hole_of(since, world="")
        assert lesson_of(Pair(hole, since.middle, before.middle)) is not None
        assert spot_at(hole).names


def test_lessons_are_read_on_repositories_with_other_names() -> None:
    found = lessons_read(200, seed=0)
    under = [each for each in found if each.snippets]
    assert 60 < len(under) < 180
    for each in found:
        assert "deadline" not in each.middle
        assert "ShopError" not in each.middle
    assert lessons_read(20, seed=0) == lessons_read(20, seed=0)


def test_every_arm_asks_for_as_many_answers_and_is_looked_at(tmp_path: Path) -> None:
    result = measure(
        tiny_model(tmp_path),
        Size(read_steps=1, start_steps=1, answers=130, every=1),
        seeds=(0,),
        progress=lambda text: None,
    )
    for arm in ARMS:
        assert 0 <= result.figures[f"area_{arm}"] <= 1
        points = str(result.settings[f"curves_{arm}"]).split()
        assert points[0].startswith("0:")
        assert 130 <= int(points[-1].partition(":")[0]) <= 130 + 256
