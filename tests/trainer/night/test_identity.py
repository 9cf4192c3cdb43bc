"""The trainer and the language server must mean the same repository."""

from pathlib import Path

import pytest
from git_histories import git
from small_nights import shop

from understudy_lsp.repository import find_repository
from understudy_trainer.night.identity import identity


@pytest.mark.parametrize(
    "remotes",
    [
        {},
        {"origin": "git@host:a/b.git"},
        {"mine": "https://h/c"},
        {"one": "https://h/1", "two": "https://h/2"},
    ],
)
def test_it_is_the_language_servers(tmp_path: Path, remotes: dict[str, str]) -> None:
    folder = shop(tmp_path / "shop", commits=2)
    for name, url in remotes.items():
        git(folder, "remote", "add", name, url)
    assert identity(folder / "shop") == find_repository(folder).id


def test_a_shallow_clone_has_the_language_servers_too(tmp_path: Path) -> None:
    folder = shop(tmp_path / "shop", commits=3)
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{folder}", "shallow")
    assert identity(tmp_path / "shallow") == find_repository(tmp_path / "shallow").id
