"""A killed night goes on as it began, if it still can."""

from pathlib import Path

import msgspec
from git_histories import history
from releases_on_disk import REPOSITORY

from understudy_protocol.release import ReleaseVersion
from understudy_trainer.night.held_out import Span
from understudy_trainer.night.plan import TONIGHT, Plan, same_night
from understudy_trainer.repoworld.worlds import World, open_world


def planned(tmp_path: Path) -> tuple[World, Plan]:
    ids = history(tmp_path / "demo", {"a.py": "one = 1\n"}, {"a.py": "two = 2\n"})
    plan = Plan(REPOSITORY, 5, "0" * 64, None, None, Span(ids[0], ids[1]), 0, 40)
    return open_world(tmp_path / "demo"), plan


def test_the_same_night_with_another_budget_goes_on(tmp_path: Path) -> None:
    world, plan = planned(tmp_path)
    home, notes = tmp_path / "home", list[str]()
    assert same_night(home, plan, world=world, notes=notes) == plan
    (home / TONIGHT / "learned").touch()
    later = msgspec.structs.replace(plan, began_at=9, wanted=80)
    assert same_night(home, later, world=world, notes=notes) == plan
    assert (home / TONIGHT / "learned").exists()
    assert notes == []


def test_a_night_that_is_compared_with_something_else_is_another(tmp_path: Path) -> None:
    world, plan = planned(tmp_path)
    home, notes = tmp_path / "home", list[str]()
    same_night(home, plan, world=world, notes=notes)
    (home / TONIGHT / "learned").touch()
    other = msgspec.structs.replace(plan, served=ReleaseVersion("0" * 12))
    assert same_night(home, other, world=world, notes=notes) == other
    assert not (home / TONIGHT / "learned").exists()


def test_a_night_whose_commits_are_gone_is_planned_anew(tmp_path: Path) -> None:
    world, plan = planned(tmp_path)
    home, notes = tmp_path / "home", list[str]()
    amended = msgspec.structs.replace(plan, span=Span(plan.span.learn_until, "1" * 40))
    same_night(home, amended, world=world, notes=notes)
    assert same_night(home, plan, world=world, notes=notes) == plan
    assert any("began anew" in note for note in notes)
