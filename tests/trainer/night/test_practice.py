"""The stage in which a candidate practises on answers: what is practised, and when it is used."""

from pathlib import Path

import msgspec
import pytest
from small_nights import PRACTICE, base, quiet, shop, small_night
from tiny_models import BY_HEART, adapter_of, example, tiny_model

from understudy_protocol.lesson import LESSONS_FILE, Lesson, Rate, Scope
from understudy_releases.releases import read_release, versions
from understudy_trainer.lessons.lesson_book import learn, read_book
from understudy_trainer.night.arms import Arms
from understudy_trainer.night.helped import FEWEST, helped, judged
from understudy_trainer.night.identity import identity
from understudy_trainer.night.night import night
from understudy_trainer.night.practice import only_once
from understudy_trainer.reinforce.reward import hole_of

LESSON = Lesson(
    "Calls of `entry` here pass `count`, not `price`.",
    "An answer passed `price` to `entry`.",
    Scope("python", callee="entry"),
    (),
    without=Rate(1, 8),
    informed=Rate(8, 8),
)


def test_a_night_practises_and_tells_what_came_of_it(tmp_path: Path) -> None:
    folder, model, state = shop(tmp_path / "shop"), base(tmp_path), tmp_path / "state"
    record = night(small_night(folder, state, model, reinforcement=PRACTICE), quiet())
    assert record.summary.outcome == "promoted", record.summary.reason
    told = record.practised
    assert told is not None
    assert len(told.rounds) == PRACTICE.rounds
    assert told.rounds[0].asked == PRACTICE.holes * PRACTICE.each
    assert told.reason
    # The candidate learns what was written, and none of the lines that are made up to be read.
    assert "lessons" not in record.examples
    assert [each.stage for each in record.spent].count("practice") == 1


def test_a_line_that_stands_twice_is_not_practised() -> None:
    files = {"a.py": "x = 1\n    total = add(x)\ny = 2\n", "b.py": "total = add(x)\nz = 3\n"}
    once = msgspec.structs.replace(example(0), prefix="x = 1\n", middle="y = 2\n", suffix="")
    twice = msgspec.structs.replace(
        example(0), prefix="x = 1\n    total = ", middle="add(x)", suffix="\ny = 2\n"
    )
    written_since = msgspec.structs.replace(twice, middle="add(x, y)")
    assert list(only_once([once, twice, written_since], files)) == [once, written_since]


def test_without_being_asked_nobody_practises(tmp_path: Path) -> None:
    folder, model, state = shop(tmp_path / "shop"), base(tmp_path), tmp_path / "state"
    record = night(small_night(folder, state, model), quiet())
    assert record.practised is None
    assert "lessons" not in record.examples


def test_lessons_that_are_known_go_with_the_release(tmp_path: Path) -> None:
    folder, model, state = shop(tmp_path / "shop"), base(tmp_path), tmp_path / "state"
    repository = identity(folder)
    learn(state / "nights" / repository, [LESSON])
    night(small_night(folder, state, model), quiet())
    (version,) = versions(state / "releases", repository)
    release = read_release(state / "releases", repository, version)
    assert LESSONS_FILE in release.manifest.files


def test_a_known_lesson_that_does_not_help_any_more_leaves(tmp_path: Path) -> None:
    folder, model, state = shop(tmp_path / "shop"), base(tmp_path), tmp_path / "state"
    home = state / "nights" / identity(folder)
    learn(home, [LESSON])
    record = night(small_night(folder, state, model, reinforcement=PRACTICE), quiet())
    assert record.practised is not None
    assert record.practised.lessons_tried == 1
    # A tiny model answers no better with it than without.
    assert read_book(home).lessons == ()


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A model that writes nothing of sense, and an adapter with which it writes `count`."""
    folder = tmp_path_factory.mktemp("taught")
    model = tiny_model(folder, width=64)
    examples = [msgspec.structs.replace(example(number), middle="count\n") for number in range(12)]
    return model, adapter_of(examples, base=model, folder=folder / "learned", **BY_HEART)


def test_what_is_better_at_lines_nobody_learned_is_used(
    taught: tuple[Path, Path], tmp_path: Path
) -> None:
    model, adapter = taught
    lines = [
        hole_of(msgspec.structs.replace(example(number), middle="count"), world="")
        for number in range(20, 40)
    ]
    untaught = adapter_of([example(0)], base=model, folder=tmp_path / "untaught", learning_rate=0.0)
    arms = Arms(model, "shop", tmp_path, "", "float32")
    better = helped(lines, arms, before=untaught, after=adapter, lessons=())
    assert better.is_used
    assert better.low > 0
    assert better.right_after > better.right_before
    worse = helped(lines, arms, before=adapter, after=untaught, lessons=())
    assert not worse.is_used
    assert "not shown" in worse.reason
    assert worse.low < 0
    same = helped(lines, arms, before=adapter, after=adapter, lessons=())
    assert not same.is_used


def test_on_few_lines_nothing_is_decided(taught: tuple[Path, Path], tmp_path: Path) -> None:
    model, adapter = taught
    lines = [hole_of(example(number), world="") for number in range(3)]
    arms = Arms(model, "shop", tmp_path, "", "float32")
    told = helped(lines, arms, before=adapter, after=adapter, lessons=())
    assert not told.is_used
    assert str(FEWEST) in told.reason


def test_holes_of_one_line_are_one_observation() -> None:
    apart = [
        hole_of(msgspec.structs.replace(example(number), path=f"{number}.py"), world="")
        for number in range(40)
    ]
    together = [
        msgspec.structs.replace(hole, path=f"{at // 4}.py") for at, hole in enumerate(apart)
    ]
    before, after = ["price"] * 40, [hole.middle for hole in apart[:4]] + ["price"] * 36
    assert judged(apart, before=before, after=after).is_used
    assert not judged(together, before=before, after=after).is_used


def test_a_model_that_falls_silent_is_not_used() -> None:
    lines = [
        hole_of(msgspec.structs.replace(example(number), middle="count"), world="")
        for number in range(40)
    ]
    before = ["count"] * 10 + ["price"] * 30
    silent = ["count"] * 9 + ["price"] + [""] * 25 + ["price"] * 5
    told = judged(lines, before=before, after=silent)
    # What it says less is worth more than the right answer that it lost, and no doubt about it.
    assert told.low > 0
    assert not told.is_used
    assert told.reason.endswith("but by saying nothing: 9 of 40 lines are right, 10 were.")
    as_right = judged(lines, before=before, after=["count"] * 10 + [""] * 25 + ["price"] * 5)
    assert as_right.is_used
    better = judged(lines, before=before, after=["count"] * 20 + ["price"] * 20)
    assert better.is_used
    assert (better.right_before, better.right_after) == (0.25, 0.5)
