"""A folder, or a URL that is cloned."""

import shutil
from pathlib import Path

import pytest
from git_histories import git
from small_nights import grow, shop

from understudy_protocol.errors import ConfigError, NightRuns
from understudy_releases.clones import clone_home, only_fetch
from understudy_trainer.night.source import PART, working_tree


def test_a_url_is_cloned_and_follows_its_origin(tmp_path: Path) -> None:
    origin = shop(tmp_path / "shop", commits=2)
    url = f"file://{origin}"
    clone = working_tree(url, tmp_path / "state")
    assert git(clone, "rev-parse", "HEAD") == git(origin, "rev-parse", "HEAD")
    assert clone.name == "shop"
    newest = grow(origin, 7)
    assert working_tree(url, tmp_path / "state") == clone
    assert git(clone, "rev-parse", "HEAD") == newest


def test_a_rewritten_origin_is_followed(tmp_path: Path) -> None:
    origin = shop(tmp_path / "shop", commits=3)
    url = f"file://{origin}"
    clone = working_tree(url, tmp_path / "state")
    git(origin, "reset", "--hard", "--quiet", "HEAD~1")
    newest = grow(origin, 9)
    working_tree(url, tmp_path / "state")
    assert git(clone, "rev-parse", "HEAD") == newest


def test_a_password_in_a_url_is_refused_and_not_told(tmp_path: Path) -> None:
    for user in ("user:secret", f"ghp_{'a1B2' * 9}"):
        url = f"https://{user}@localhost/missing"
        old = clone_home(tmp_path, url)
        old.mkdir(parents=True)  # as an older version has made it, with the password
        with pytest.raises(ConfigError, match="credential helper") as raised:
            working_tree(url, tmp_path)
        assert user not in str(raised.value)
        assert "https://localhost/missing" in str(raised.value)
        assert not old.exists()


def test_what_cannot_be_cloned_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="missing cannot be cloned or fetched"):
        working_tree(f"file://{tmp_path}/missing", tmp_path / "state")


def test_a_clone_is_whole_and_for_its_owner_alone(tmp_path: Path) -> None:
    origin, state = shop(tmp_path / "shop", commits=2), tmp_path / "state"
    url = f"file://{origin}"
    part = clone_home(state, url) / PART
    part.mkdir(parents=True)  # of a clone that was killed
    (part / "half").touch()
    clone = working_tree(url, state)
    assert git(clone, "rev-parse", "HEAD") == git(origin, "rev-parse", "HEAD")
    assert not part.exists()
    assert (state / "clones").stat().st_mode & 0o777 == 0o700


def test_locks_of_a_git_that_was_killed_are_cleared(tmp_path: Path) -> None:
    origin = shop(tmp_path / "shop", commits=2)
    url = f"file://{origin}"
    clone = working_tree(url, tmp_path / "state")
    (clone / "mark").touch()
    for lock in ("index.lock", "HEAD.lock", "refs/remotes/origin/main.lock"):
        (clone / ".git" / lock).touch()
    newest = grow(origin, 7)
    working_tree(url, tmp_path / "state")
    assert git(clone, "rev-parse", "HEAD") == newest
    assert (clone / "mark").exists()  # it was not cloned again


def test_a_damaged_clone_is_made_again(tmp_path: Path) -> None:
    origin = shop(tmp_path / "shop", commits=2)
    url = f"file://{origin}"
    clone = working_tree(url, tmp_path / "state")
    for damage in ("HEAD", "objects"):
        path = clone / ".git" / damage
        path.unlink() if path.is_file() else shutil.rmtree(path)
        working_tree(url, tmp_path / "state")
        assert git(clone, "rev-parse", "HEAD") == git(origin, "rev-parse", "HEAD")


def test_two_do_not_fetch_at_one_time(tmp_path: Path) -> None:
    url = f"file://{shop(tmp_path / 'shop', commits=2)}"
    with only_fetch(clone_home(tmp_path, url)), pytest.raises(NightRuns):
        working_tree(url, tmp_path)
