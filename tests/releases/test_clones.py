"""Clones that nights learn from by a URL: one at a time, private, and forgotten."""

from pathlib import Path

import pytest

from understudy_protocol.errors import NightRuns
from understudy_protocol.repository import RepositoryId
from understudy_releases.clones import clone_home, forget_clones, note_owner, only_fetch

SHOP, OTHER = (RepositoryId(f"{name}-{'0' * 12}") for name in ("shop", "other"))


def cloned(state: Path, url: str, repository: RepositoryId) -> Path:
    home = clone_home(state, url)
    with only_fetch(home):
        (home / "work").mkdir()
    note_owner(home, repository)
    return home


def test_the_clones_of_a_repository_are_forgotten_and_those_of_others_are_not(
    tmp_path: Path,
) -> None:
    mine = [cloned(tmp_path, url, SHOP) for url in ("https://h/shop", "git@h:shop")]
    other = cloned(tmp_path, "https://h/other", OTHER)
    assert forget_clones(tmp_path, SHOP) == 2
    assert not any(each.exists() for each in mine)
    assert other.is_dir()
    assert forget_clones(tmp_path, SHOP) == 0


def test_a_clone_is_for_its_owner_alone(tmp_path: Path) -> None:
    home = cloned(tmp_path / "state", "https://h/shop", SHOP)
    for folder in (home, home.parent, home.parent.parent):
        assert folder.stat().st_mode & 0o777 == 0o700


def test_what_is_being_fetched_is_not_forgotten_beside(tmp_path: Path) -> None:
    home = cloned(tmp_path, "https://h/shop", SHOP)
    with (
        only_fetch(home),
        pytest.raises(NightRuns, match="cloned or fetched already"),
    ):
        forget_clones(tmp_path, SHOP)
    assert home.is_dir()
