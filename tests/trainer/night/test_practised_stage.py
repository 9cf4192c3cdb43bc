"""The stage by itself, where no answers are practised: what it asks with, and what becomes of
lessons."""

from pathlib import Path

import httpx
import msgspec
import pytest
from small_nights import quiet
from tiny_models import BY_HEART, SMALL, adapter_of, example, tiny_model

from understudy_protocol.lesson import Lesson, Rate, Scope
from understudy_protocol.lesson_choice import snippet_of
from understudy_protocol.repository import RepositoryId
from understudy_trainer.curriculum.example import Example
from understudy_trainer.curriculum.gather import Gathered
from understudy_trainer.learn.adapter import WEIGHTS
from understudy_trainer.lessons.lesson_book import forget, home_of, learn
from understudy_trainer.night.arms import Arms
from understudy_trainer.night.held_out import Span
from understudy_trainer.night.parent import Parent
from understudy_trainer.night.plan import Plan
from understudy_trainer.night.practice import VERDICTS, Chosen, practise
from understudy_trainer.night.taught_to_read import FOLDER as READING
from understudy_trainer.night.telling import Found, Night
from understudy_trainer.reinforce.reinforcement import Reinforcement
from understudy_trainer.reinforce.reward import hole_of

REPOSITORY = RepositoryId("shop-000000000001")
NOTHING = Reinforcement(rounds=0, lesson_weight=0.0, lessons_from_s=0.0)
LESSON = Lesson(
    "Here `count` is used, not `price`.",
    "An answer used `price`.",
    Scope("python", names=("items",)),
    (),
    without=Rate(1, 8),
    informed=Rate(8, 8),
)
LOST = msgspec.structs.replace(LESSON, scope=Scope("python", callee="nobody_calls_this"))


def informed(number: int) -> Example:
    said = snippet_of([LESSON.heuristic], path=example(number).path)
    assert said is not None
    return msgspec.structs.replace(example(number), middle="count\n", snippets=(said,))


def uninformed(number: int) -> Example:
    return msgspec.structs.replace(example(number), middle="price\n", snippets=())


@pytest.fixture(scope="module")
def obedient(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A model, and an adapter with which it writes `count` where a lesson says so, else `price`."""
    folder = tmp_path_factory.mktemp("obedient")
    model = tiny_model(folder, width=64)
    examples = [each(number) for number in range(6) for each in (informed, uninformed)]
    return model, adapter_of(examples, base=model, folder=folder / "learned", **BY_HEART)


def practised(
    tmp_path: Path,
    obedient: tuple[Path, Path],
    *,
    settings: Reinforcement = NOTHING,
    gateway: httpx.Client | None = None,
) -> tuple[Chosen, Found]:
    model, adapter = obedient
    asked = Night(tmp_path, REPOSITORY, tmp_path / "state", model, 60.0, SMALL)
    found = Found(notes=[], examples=[example(number) for number in range(40)])
    commit = "c" * 40
    files = {each.path: each.prefix + each.middle + each.suffix for each in found.examples}
    lines = [
        hole_of(msgspec.structs.replace(example(number), middle="count"), world="")
        for number in range(50, 65)
    ]
    chosen = practise(
        asked,
        Plan(REPOSITORY, 7, "", None, None, Span(commit, commit), 0, 30),
        found,
        Gathered("shop", commit, None, files, ()),
        Parent(),
        adapter,
        lines,
        Arms(model, "shop", tmp_path / "tonight", "", "float32"),
        quiet(),
        settings=settings,
        gateway=gateway,
        budget_s=30.0,
    )
    return chosen, found


def test_it_is_asked_with_all_lessons_that_its_release_would_have(
    tmp_path: Path, obedient: tuple[Path, Path]
) -> None:
    home = home_of(tmp_path / "state", REPOSITORY)
    learn(home, [LESSON])
    told = practised(tmp_path, obedient)[0].told
    # Nothing was practised: all that is better comes of a lesson of an earlier night.
    assert (told.lessons_tried, told.right_before, told.is_used) == (0, 0.0, True)
    assert told.right_after > 0.5
    forget(home, LESSON.id)
    told = practised(tmp_path, obedient)[0].told
    assert told.right_after == 0.0


def test_a_lesson_about_what_is_gone_leaves_although_practice_is_not_used(
    tmp_path: Path, obedient: tuple[Path, Path]
) -> None:
    learn(home_of(tmp_path / "state", REPOSITORY), [LOST])
    chosen, _ = practised(tmp_path, obedient)
    assert not chosen.told.is_used
    (trial,) = chosen.trials
    assert trial.lesson == LOST
    assert not trial.may_stay


def test_only_the_copy_learns_to_read(tmp_path: Path, obedient: tuple[Path, Path]) -> None:
    _, adapter = obedient
    before = (adapter / WEIGHTS).read_bytes()
    chosen, found = practised(
        tmp_path, obedient, settings=msgspec.structs.replace(NOTHING, lesson_weight=0.3)
    )
    assert (adapter / WEIGHTS).read_bytes() == before
    assert all(each.unit != "lessons" for each in found.examples)
    (read,) = (tmp_path / "tonight" / READING).rglob(WEIGHTS)
    assert read.read_bytes() != before
    assert chosen.told.is_used or chosen.folder == adapter


def test_in_a_short_time_nobody_learns_to_read_lessons(
    tmp_path: Path, obedient: tuple[Path, Path]
) -> None:
    _, found = practised(tmp_path, obedient, settings=Reinforcement(rounds=0, lessons_from_s=31.0))
    assert not (tmp_path / "tonight" / READING).exists()
    (note,) = (each for each in found.notes if each.startswith("No lessons were made"))
    assert "Give the night 124 s" in note
    _, found = practised(tmp_path, obedient, settings=Reinforcement(rounds=0, lessons_from_s=30.0))
    assert (tmp_path / "tonight" / READING).exists()
    assert not any(each.startswith("No lessons") for each in found.notes)


def test_what_goes_wrong_costs_the_verdicts_and_not_the_night(
    tmp_path: Path, obedient: tuple[Path, Path]
) -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        asked.append(1)
        return httpx.Response(200, content=b"<html>")

    asked: list[int] = []
    with httpx.Client(base_url="http://gateway", transport=httpx.MockTransport(answer)) as gateway:
        _, found = practised(tmp_path, obedient, gateway=gateway)
        assert [each for each in found.notes if "that people were shown" in each]
        assert asked
        asked.clear()
        # Kept, so that a night that goes on has the same.
        assert (tmp_path / "tonight" / VERDICTS).is_file()
        _, found = practised(tmp_path, obedient, gateway=gateway)
        assert (asked, found.notes) == ([], [])
