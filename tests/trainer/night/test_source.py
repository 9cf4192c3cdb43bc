"""A folder, or a URL that is cloned."""

from pathlib import Path

import pytest
from git_histories import git
from small_nights import grow, shop

from understudy_protocol.errors import ConfigError
from understudy_trainer.night.source import working_tree


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


def test_what_cannot_be_cloned_is_named_without_its_password(tmp_path: Path) -> None:
    url = f"file://user:secret@localhost{tmp_path}/missing"
    with pytest.raises(ConfigError) as raised:
        working_tree(url, tmp_path / "state")
    assert "secret" not in str(raised.value)
    assert "missing" in str(raised.value)
