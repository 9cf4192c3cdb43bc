"""What a night has learned beside an adapter that is not promoted, and when it is served."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from lessons_learned import lesson
from outcome_models import HIDING_ALL
from releases_on_disk import REPOSITORY, base_model, described, release
from small_nights import quiet
from tiny_models import example, tiny_model

from understudy_protocol.lesson import LESSONS_FILE, Lesson, Scope, decode_lessons, encode_lessons
from understudy_protocol.outcome import OUTCOME_FILE, OutcomeModel, decode_outcome
from understudy_protocol.release import ReleaseVersion, served
from understudy_releases.paths import embedded_model
from understudy_releases.promotions import history, promote, roll_back
from understudy_releases.releases import versions
from understudy_releases.verification import BaseModel, verify
from understudy_trainer.learn.settings import LearnerSettings
from understudy_trainer.learn.whole_file import write_whole
from understudy_trainer.lessons.lesson_book import home_of, read_book
from understudy_trainer.lessons.proving import Trial
from understudy_trainer.night.arms import Arms
from understudy_trainer.night.besides import lessons_help, promote_besides
from understudy_trainer.night.held_out import Span
from understudy_trainer.night.parent import Parent, Served
from understudy_trainer.night.plan import TONIGHT, Learned, Plan
from understudy_trainer.night.promotion import Promotion
from understudy_trainer.night.proof import Proved
from understudy_trainer.night.record import Comparison
from understudy_trainer.night.seldom_taken import HIDING, Hiding
from understudy_trainer.night.spending import Spending
from understudy_trainer.night.telling import Found, Night
from understudy_trainer.reinforce.reward import hole_of

PROVED = Trial(lesson("verify"), holes=8, chance=0.0)


@pytest.fixture
def base(tmp_path: Path) -> BaseModel:
    return described(base_model(tmp_path / "base"))


@pytest.fixture
def releases_dir(tmp_path: Path) -> Path:
    (tmp_path / "releases").mkdir()
    return tmp_path / "releases"


def ended(
    state: Path,
    *trials: Trial,
    parent: ReleaseVersion | None = None,
    hides: OutcomeModel | None = HIDING_ALL,
    helps: bool = True,
    at: int = 7,
) -> tuple[str, Found]:
    """What the night says of what it put beside the adapter of `parent`, and what it found."""
    hiding = Hiding(hides, "Some are hidden." if hides else "None is.")
    home = state / "nights" / REPOSITORY
    write_whole(home / TONIGHT / HIDING, msgspec.json.encode(hiding))
    asked = Night(state, REPOSITORY, state, embedded_model(), 60.0, LearnerSettings())
    compared = Comparison("new code", 100, 500, 2.0, 2.0, 2.0, 0.0, -0.1, 0.1)
    commit = "c" * 40
    world: Any = None  # nobody asks an editor
    promotion = Promotion(
        asked=asked,
        plan=Plan(REPOSITORY, 7_000 + at, "", parent, None, Span(commit, commit), 0, 30),
        proved=Proved((compared,), compared, 0.0, 0.0, 0.0, 30),
        learned=Learned(),
        digest="0" * 64,
        world=world,
        holes=(),
        adapter=state / "tonight's adapter is of no use",
        trials=trials,
        since=history(state / "releases", REPOSITORY),
    )
    goes_on = Parent()
    if parent is not None:
        goes_on = Parent(parent, served=Served(parent, state / "nowhere", None))
    found = Found(notes=[])

    def asked_with(before: Sequence[Lesson], after: Sequence[Lesson]) -> bool:
        assert {each.id for each in after} - {each.id for each in before}
        return helps

    said = promote_besides(
        promotion,
        goes_on,
        found,
        helps=asked_with,
        gateway=None,
        spending=Spending(),
        watch=quiet(),
    )
    return said, found


def test_the_served_adapter_gets_what_was_learned_beside_one_that_is_not_promoted(
    tmp_path: Path, releases_dir: Path, base: BaseModel
) -> None:
    before = release(releases_dir, base, lessons=[lesson()])
    promote(releases_dir, REPOSITORY, before, reason="")
    said, found = ended(tmp_path, parent=before)
    assert "not promoted; the model of which suggestions to hide is" in said
    version = served(history(releases_dir, REPOSITORY))
    assert version is not None
    assert version == found.release != before
    old, new = (
        verify(releases_dir, REPOSITORY, each, model=base).manifest for each in (before, version)
    )
    assert {**old.files, OUTCOME_FILE: new.files[OUTCOME_FILE]} == new.files
    assert (new.data_cut, new.parent) == (old.data_cut, before)
    content = (releases_dir / REPOSITORY / version / OUTCOME_FILE).read_bytes()
    assert decode_outcome(content, "") == HIDING_ALL
    assert "Some are hidden." in found.notes
    after = roll_back(releases_dir, REPOSITORY, reason="")
    assert served(after) == before


def test_the_base_model_gets_it_in_a_release_without_an_adapter(
    tmp_path: Path, releases_dir: Path, base: BaseModel
) -> None:
    _, found = ended(tmp_path)
    assert found.release is not None
    made = verify(releases_dir, REPOSITORY, found.release, model=None)
    assert made.adapter is None
    assert list(made.manifest.files) == [OUTCOME_FILE]
    # The next night learns everything, as if there were no release.
    assert (made.manifest.data_cut.commit, made.manifest.data_cut.cursor) == (None, 0)


def test_what_is_served_already_makes_no_release(tmp_path: Path, releases_dir: Path) -> None:
    _, first = ended(tmp_path)
    assert first.release is not None
    said, again = ended(tmp_path, parent=first.release)
    assert (said, again.release) == ("", None)
    assert versions(releases_dir, REPOSITORY) == [first.release]


def test_nothing_new_makes_no_release_and_takes_nothing_away(
    tmp_path: Path, releases_dir: Path
) -> None:
    _, first = ended(tmp_path)
    said, found = ended(tmp_path, parent=first.release, hides=None)
    assert (said, found.release, found.notes) == ("", None, [])
    assert served(history(releases_dir, REPOSITORY)) == first.release


def test_lessons_go_with_it_if_the_served_adapter_answers_better_with_them(
    tmp_path: Path, releases_dir: Path, base: BaseModel
) -> None:
    before = release(releases_dir, base)
    promote(releases_dir, REPOSITORY, before, reason="")
    home = home_of(tmp_path, REPOSITORY)
    said, found = ended(tmp_path, PROVED, parent=before, hides=None, helps=False)
    assert (said, found.release, read_book(home).lessons) == ("", None, ())
    said, found = ended(tmp_path, PROVED, parent=before, hides=None)
    assert "not promoted; 1 lesson is" in said
    assert found.release is not None
    folder = releases_dir / REPOSITORY / found.release
    assert decode_lessons((folder / LESSONS_FILE).read_bytes(), "") == (PROVED.lesson,)
    assert read_book(home).lessons == (PROVED.lesson,)


def test_lessons_that_are_served_stay_where_only_the_model_is_new(
    tmp_path: Path, releases_dir: Path, base: BaseModel
) -> None:
    before = release(releases_dir, base, lessons=[lesson()])
    promote(releases_dir, REPOSITORY, before, reason="")
    _, found = ended(tmp_path, PROVED, parent=before, helps=False)
    assert found.release is not None
    folder = releases_dir / REPOSITORY / found.release
    assert (folder / LESSONS_FILE).read_bytes() == encode_lessons([lesson()])
    assert read_book(home_of(tmp_path, REPOSITORY)).lessons == ()


def test_after_a_rollback_nothing_is_put_beside_an_adapter(
    tmp_path: Path, releases_dir: Path
) -> None:
    _, first = ended(tmp_path)
    assert first.release is not None
    roll_back(releases_dir, REPOSITORY, reason="It hides too much.")
    said, found = ended(tmp_path)
    assert (said, found.release) == ("", None)
    assert served(history(releases_dir, REPOSITORY)) is None


def test_what_the_gateway_does_not_answer_with_gets_nothing(
    tmp_path: Path, releases_dir: Path, base: BaseModel
) -> None:
    """The parent is another one, as where the served release is damaged or of another base."""
    promote(releases_dir, REPOSITORY, release(releases_dir, base), reason="")
    said, found = ended(tmp_path)
    assert (said, found.release) == ("", None)


def test_only_the_last_three_are_kept_of_them_too(tmp_path: Path, releases_dir: Path) -> None:
    parent, made = None, list[ReleaseVersion]()
    for number in range(5):
        model = msgspec.structs.replace(HIDING_ALL, bias=-float(number))
        _, found = ended(tmp_path, parent=parent, hides=model, at=number)
        parent = found.release
        assert parent is not None
        made.append(parent)
    assert versions(releases_dir, REPOSITORY) == sorted(made[-3:])


def test_lessons_that_change_no_answer_of_the_base_model_do_not_help_it(tmp_path: Path) -> None:
    model = tiny_model(tmp_path / "model", width=32)
    lines = [
        hole_of(msgspec.structs.replace(example(number), middle="count"), world="")
        for number in range(20)
    ]
    arms = Arms(model, "shop", tmp_path, "", "float32")
    everywhere = lesson(scope=Scope("python"))
    assert not lessons_help(lines, arms, None, [], [everywhere])
