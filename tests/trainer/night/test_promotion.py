"""What goes with a release besides its adapter, and when it is written down."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from lessons_learned import lesson
from outcome_models import HIDING_ALL
from releases_on_disk import REPOSITORY, write_adapter
from small_nights import quiet

from understudy_protocol.errors import UnderstudyError
from understudy_protocol.lesson import LESSONS_FILE, decode_lessons
from understudy_protocol.outcome import OUTCOME_FILE, decode_outcome
from understudy_releases import promotions
from understudy_releases.paths import embedded_model
from understudy_trainer.learn.settings import LearnerSettings
from understudy_trainer.learn.whole_file import write_whole
from understudy_trainer.lessons.lesson_book import home_of, learn, read_book
from understudy_trainer.lessons.proving import Trial
from understudy_trainer.night.held_out import Span
from understudy_trainer.night.plan import TONIGHT, Learned, Plan
from understudy_trainer.night.promotion import Promotion, promote
from understudy_trainer.night.proof import Proved
from understudy_trainer.night.record import Comparison
from understudy_trainer.night.seldom_taken import HIDING, Hiding
from understudy_trainer.night.spending import Spending
from understudy_trainer.night.telling import Found, Night

NEW = Trial(lesson("verify"), holes=8, chance=0.0)
DOES_NOT_HELP = Trial(lesson(), holes=8, chance=0.9)


def promoted(
    tmp_path: Path,
    *trials: Trial,
    meanwhile: Callable[[], None] = lambda: None,
) -> tuple[Found, Path]:
    """What was found, and the folder of the release; `meanwhile` is done before publishing."""
    state, commit = tmp_path / "state", "c" * 40
    adapter = tmp_path / "adapter"
    if not adapter.is_dir():
        write_adapter(adapter)
    (state / "releases").mkdir(parents=True, exist_ok=True)
    asked = Night(tmp_path, REPOSITORY, state, embedded_model(), 60.0, LearnerSettings())
    compared = Comparison("new code", 100, 500, 2.0, 2.0, 1.0, 1.0, 0.9, 1.1)
    world: Any = None  # only who asks an editor looks at it
    promotion = Promotion(
        asked=asked,
        plan=Plan(REPOSITORY, 7, "", None, None, Span(commit, commit), 0, 30),
        proved=Proved((compared,), compared, 0.0, 0.0, 0.0, 30),
        learned=Learned(),
        digest="0" * 64,
        world=world,
        holes=(),
        adapter=adapter,
        trials=trials,
        since=promotions.history(state / "releases", REPOSITORY),
    )
    found = Found(notes=[])
    promote(
        promotion,
        found,
        "",
        remember=meanwhile,
        gateway=None,
        spending=Spending(),
        watch=quiet(),
        tell=lambda: None,
    )
    assert found.release is not None
    return found, state / "releases" / REPOSITORY / found.release


def test_the_book_changes_once_the_release_is_promoted_and_not_before(tmp_path: Path) -> None:
    home = home_of(tmp_path / "state", REPOSITORY)
    learn(home, [lesson()])
    in_the_way = tmp_path / "state" / "releases" / REPOSITORY
    with pytest.raises(UnderstudyError):
        promoted(tmp_path, NEW, DOES_NOT_HELP, meanwhile=in_the_way.touch)
    assert read_book(home).lessons == (lesson(),)
    in_the_way.unlink()
    _, release = promoted(tmp_path, NEW, DOES_NOT_HELP)
    assert read_book(home).lessons == (NEW.lesson,)
    assert decode_lessons((release / LESSONS_FILE).read_bytes(), "") == (NEW.lesson,)


def test_a_damaged_book_costs_the_lessons_and_is_told_of_once(tmp_path: Path) -> None:
    home = home_of(tmp_path / "state", REPOSITORY)
    learn(home, [lesson()])
    (home / "lessons").write_bytes(b"nothing of the kind")
    found, release = promoted(tmp_path, NEW)
    assert not (release / LESSONS_FILE).exists()
    assert len([note for note in found.notes if "cannot be read" in note]) == 1


def test_a_night_that_goes_on_hides_what_it_found_before_it_was_killed(tmp_path: Path) -> None:
    kept = tmp_path / "state" / "nights" / REPOSITORY / TONIGHT / HIDING
    write_whole(kept, msgspec.json.encode(Hiding(HIDING_ALL, "As it was found.")))
    found, release = promoted(tmp_path)
    assert decode_outcome((release / OUTCOME_FILE).read_bytes(), "") == HIDING_ALL
    assert "As it was found." in found.notes


def test_what_is_hidden_is_found_out_once_a_night(tmp_path: Path) -> None:
    kept = tmp_path / "state" / "nights" / REPOSITORY / TONIGHT / HIDING
    _, release = promoted(tmp_path)
    assert msgspec.json.decode(kept.read_bytes(), type=Hiding) == Hiding(None, "")
    assert not (release / OUTCOME_FILE).exists()
