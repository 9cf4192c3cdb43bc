"""How far a night is, for whoever looks from outside."""

import os
from pathlib import Path

import msgspec
from releases_on_disk import REPOSITORY
from small_nights import quiet

from understudy_protocol.night import RUNNING_FILE, NightRunning
from understudy_trainer.learn.settings import LearnerSettings
from understudy_trainer.night.noted import EACH_S, not_noted, noted
from understudy_trainer.night.spending import Spending
from understudy_trainer.night.telling import Night


def night_of(folder: Path) -> Night:
    return Night(folder, REPOSITORY, folder, folder, 60.0, LearnerSettings())


def test_each_stage_is_noted_and_what_was_told_of_is_told_on(tmp_path: Path) -> None:
    told: list[str] = []
    asked = night_of(tmp_path)
    watch = noted(quiet(told.append), tmp_path, asked, 7, Spending())
    watch.stage("learn")
    watch.done(1, 40, "loss 2.50", loss=2.5)
    watch.done(2, 40, "loss 2.40", loss=2.4)
    watch.stage("proof")
    found = msgspec.json.decode((tmp_path / RUNNING_FILE).read_bytes(), type=NightRunning)
    assert (found.stage, found.steps, found.of, found.loss) == ("proof", 0, 0, 2.4)
    assert (found.repository, found.began_at, found.process) == (asked.repository, 7, os.getpid())
    assert 0 < found.budget_spent < EACH_S / asked.budget_s
    assert told == ["learn", "proof"]
    not_noted(tmp_path)
    assert not (tmp_path / RUNNING_FILE).exists()


def test_a_note_that_cannot_be_written_ends_no_night(tmp_path: Path) -> None:
    (tmp_path / RUNNING_FILE).mkdir()
    asked = night_of(tmp_path)
    watch = noted(quiet(), tmp_path, asked, 7, Spending())
    watch.stage("learn")
    not_noted(tmp_path)
