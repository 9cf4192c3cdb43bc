"""`understudy train`, as people call it."""

from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result
from small_nights import base, shop

from understudy_protocol.errors import ConfigError
from understudy_protocol.night import PLACE_FILE, Place
from understudy_trainer.commands.train import train
from understudy_trainer.night.identity import identity
from understudy_trainer.night.record import NightRecord


def called(*options: str | Path) -> Result:
    return CliRunner().invoke(train, [str(each) for each in options], catch_exceptions=False)


def test_a_night_prints_what_became_of_it_and_leaves_a_page(tmp_path: Path) -> None:
    folder, state = shop(tmp_path / "shop"), tmp_path / "state"
    options = ("--budget", "20s", "--model", base(tmp_path), "--state-dir", state)
    result = called(folder, *options, "--json")
    assert result.exit_code == 0
    record = msgspec.json.decode(result.stdout.splitlines()[-1], type=NightRecord)
    repository = identity(folder)
    assert record.summary.repository == repository
    assert record.summary.holes == 30
    home = state / "nights" / repository
    assert len(list(home.glob("*/index.html"))) == 1
    assert (home / "nights.html").is_file()
    place = msgspec.json.decode((home / PLACE_FILE).read_bytes(), type=Place)
    assert place.source == str(folder)


def test_a_folder_without_git_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=str(tmp_path)):
        called(tmp_path, "--state-dir", tmp_path / "state")


def test_a_budget_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="'soon'"):
        called(tmp_path, "--budget", "soon")


def test_all_of_nothing_says_how_to_begin(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="understudy train PATH"):
        called("--all", "--state-dir", tmp_path)
