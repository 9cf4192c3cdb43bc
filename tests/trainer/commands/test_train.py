"""`understudy train`, as people call it."""

from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result
from git_histories import history
from small_nights import base, shop

from understudy_protocol.errors import ConfigError, NotFound
from understudy_protocol.night import PLACE_FILE, Place
from understudy_protocol.repository import RepositoryId
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


def test_all_is_not_one_of_them(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="Both /somewhere and --all"):
        called("/somewhere", "--all", "--state-dir", tmp_path)


def test_a_dry_night_and_one_that_cannot_be_put_nothing_on_the_list(tmp_path: Path) -> None:
    state, folder = tmp_path / "state", tmp_path / "small"
    history(folder, {"a.py": "x = 1\n"}, {"a.py": "x = 2\n"})
    options = (folder, "--state-dir", state)
    assert called(*options, "--dry-run").exit_code == 0
    with pytest.raises(ConfigError, match="nowhere"):
        called(*options, "--model", tmp_path / "nowhere")
    place = state / "nights" / identity(folder) / PLACE_FILE
    assert place.parent.is_dir()
    assert not place.exists()
    assert called(*options).exit_code == 0
    assert place.exists()


def test_a_place_is_taken_off_the_list(tmp_path: Path) -> None:
    place = tmp_path / "nights" / f"shop-{'0' * 12}" / PLACE_FILE
    place.parent.mkdir(parents=True)
    place.write_bytes(msgspec.json.encode(Place(RepositoryId(place.parent.name), "/shop")))
    options = ("--unlist", "--state-dir", tmp_path)
    assert place.parent.name in called("/shop", *options).output
    assert not place.exists()
    with pytest.raises(NotFound, match="is not on the list"):
        called("/shop", *options)


def test_all_of_nothing_says_how_to_begin(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="understudy train PATH"):
        called("--all", "--state-dir", tmp_path)
