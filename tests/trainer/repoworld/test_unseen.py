from pathlib import Path

import pytest
from borrowed_releases import release_of
from git_histories import history
from releases_on_disk import REPOSITORY

from understudy_protocol.errors import ConfigError
from understudy_releases.releases import Release, read_release
from understudy_trainer.repoworld.task_set import Cut
from understudy_trainer.repoworld.unseen import check_unseen
from understudy_trainer.repoworld.worlds import open_world


def release(folder: Path, commit: str | None) -> Release:
    version = release_of(folder, commit=commit)
    return read_release(folder / "releases", REPOSITORY, version)


def test_a_release_may_have_learned_up_to_the_cut_and_no_further(tmp_path: Path) -> None:
    first, cut, after = history(tmp_path / "w", {"a": "1"}, {"a": "2"}, {"a": "3"})
    world = open_world(tmp_path / "w"), Cut(world="w", cut=cut, until=after)
    for number, commit in enumerate((first, cut, None, "f" * 40)):
        check_unseen([release(tmp_path / str(number), commit)], [world])
    with pytest.raises(ConfigError, match=f"learned from w until commit {after[:12]}"):
        check_unseen([release(tmp_path / "late", after)], [world])
