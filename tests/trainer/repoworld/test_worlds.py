"""Any git repository is a world, or the person is told why it is none."""

from pathlib import Path

import pytest
from git_histories import DAY, MIDNIGHT, commit, git, history

from understudy_protocol.errors import ConfigError
from understudy_trainer.repoworld.files import files_at
from understudy_trainer.repoworld.worlds import (
    check_order,
    commits,
    committed_at,
    is_there,
    newest_shared,
    open_world,
    with_ancestors,
)

ONE, TWO = {"a.py": "one = 1\n"}, {"a.py": "two = 2\n"}


def test_a_repository_is_a_world_from_any_folder_in_it(tmp_path: Path) -> None:
    ids = history(tmp_path / "demo", ONE, TWO)
    inside = tmp_path / "demo" / "some" / "folder"
    inside.mkdir(parents=True)
    world = open_world(inside)
    assert (world.name, world.folder) == ("demo", tmp_path / "demo")
    assert [commit.id for commit in commits(world)] == ids
    assert [commit.at for commit in commits(world)] == [MIDNIGHT, MIDNIGHT + DAY]
    assert committed_at(world, ids[1]) == MIDNIGHT + DAY


@pytest.mark.parametrize("name", ["nothing-there", "folder", "file"])
def test_a_place_without_git_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="is in no git repository"):
        open_world(tmp_path / name)


def test_a_bare_repository_is_refused(tmp_path: Path) -> None:
    history(tmp_path / "demo", ONE, TWO)
    git(tmp_path, "clone", "--quiet", "--bare", "demo", "bare.git")
    with pytest.raises(ConfigError, match=r"bare repository.*git clone"):
        open_world(tmp_path / "bare.git")


def test_an_empty_repository_is_refused(tmp_path: Path) -> None:
    history(tmp_path)
    with pytest.raises(ConfigError, match="has no commit"):
        open_world(tmp_path)


def test_one_commit_is_no_history(tmp_path: Path) -> None:
    history(tmp_path, ONE)
    with pytest.raises(ConfigError, match="has one commit"):
        open_world(tmp_path)


def test_a_shallow_clone_is_a_world_if_it_has_two_commits(tmp_path: Path) -> None:
    history(tmp_path / "demo", {}, ONE, TWO)
    source = (tmp_path / "demo").as_uri()
    git(tmp_path, "clone", "--quiet", "--depth=2", source, "two")
    git(tmp_path, "clone", "--quiet", "--depth=1", source, "one")
    world = open_world(tmp_path / "two")
    assert [list(files_at(world, each.id).texts.values()) for each in commits(world)] == [
        ["one = 1\n"],
        ["two = 2\n"],
    ]
    with pytest.raises(ConfigError, match="unshallow"):
        open_world(tmp_path / "one")


def test_a_detached_head_has_the_history_before_it(tmp_path: Path) -> None:
    ids = history(tmp_path, {}, ONE, TWO)
    git(tmp_path, "checkout", "--quiet", ids[1])
    assert [commit.id for commit in commits(open_world(tmp_path))] == ids[:2]


def test_a_worktree_has_the_history_of_its_branch(tmp_path: Path) -> None:
    ids = history(tmp_path / "demo", ONE, TWO)
    git(tmp_path / "demo", "worktree", "add", "--quiet", str(tmp_path / "tree"), "-b", "other")
    world = open_world(tmp_path / "tree")
    assert world.folder == tmp_path / "tree"
    assert [commit.id for commit in commits(world)] == ids


def test_what_a_git_hook_leaves_in_the_environment_is_not_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = history(tmp_path / "demo", ONE, TWO)
    history(tmp_path / "other", {"b.py": "other = 1\n"}, ONE, TWO)
    foreign = tmp_path / "other" / ".git"
    monkeypatch.setenv("GIT_DIR", str(foreign))
    monkeypatch.setenv("GIT_COMMON_DIR", str(foreign))
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", str(foreign / "objects"))
    monkeypatch.setenv("GIT_WORK_TREE", str(tmp_path / "other"))
    world = open_world(tmp_path / "demo")
    assert [commit.id for commit in commits(world)] == ids
    assert files_at(world, ids[0]).texts == {"a.py": "one = 1\n"}


def test_a_merge_counts_as_one_commit(tmp_path: Path) -> None:
    ids = history(tmp_path, ONE)
    git(tmp_path, "checkout", "--quiet", "-b", "side")
    history(tmp_path, {"b.py": "b = 1\n"}, {"c.py": "c = 1\n"})
    git(tmp_path, "checkout", "--quiet", "main")
    git(tmp_path, "merge", "--quiet", "--no-ff", "-m", "-", "side")
    merge = git(tmp_path, "rev-parse", "HEAD")
    assert [commit.id for commit in commits(open_world(tmp_path))] == [*ids, merge]


def test_commits_that_a_rewritten_history_no_longer_has_are_told(tmp_path: Path) -> None:
    ids = history(tmp_path, {}, ONE, TWO)
    git(tmp_path, "commit", "--quiet", "--amend", "-m", "other")
    world = open_world(tmp_path)
    now = commits(world)[-1].id
    with pytest.raises(ConfigError, match=r"does not come before.*rewritten"):
        check_order(world, ids[2], now)
    git(tmp_path, "reflog", "expire", "--expire=now", "--all")
    git(tmp_path, "gc", "--quiet", "--prune=now")
    with pytest.raises(ConfigError, match=r"is not in .* rewritten"):
        check_order(world, ids[2], now)
    with pytest.raises(ConfigError, match="is not in"):
        files_at(world, ids[2])


def test_the_end_comes_after_the_cut(tmp_path: Path) -> None:
    first, last = history(tmp_path, ONE, TWO)
    world = open_world(tmp_path)
    check_order(world, first, last)
    for wrong in ((last, first), (first, first)):
        with pytest.raises(ConfigError, match="does not come before"):
            check_order(world, *wrong)


@pytest.mark.parametrize("how", ["--no-ff", "--squash", "rebase", "not at all"])
def test_a_branch_shares_the_commit_that_it_began_at(tmp_path: Path, how: str) -> None:
    folder = tmp_path / "demo"
    ids = history(folder, ONE, TWO)
    git(folder, "switch", "--quiet", "--create", "branch")
    branch = [commit(folder, {"b.py": f"{number}\n"}, 5 + number) for number in range(2)]
    git(folder, "switch", "--quiet", "main")
    commit(folder, {"c.py": "three = 3\n"}, 7)
    if how == "rebase":
        git(folder, "rebase", "--quiet", "main", "branch")
        git(folder, "switch", "--quiet", "main")
        git(folder, "merge", "--quiet", "--ff-only", "branch")
    elif how != "not at all":
        message = ["--message=-"] if how == "--no-ff" else []
        git(folder, "merge", "--quiet", how, *message, "branch")
        commit(folder, {}, 8)
    world = open_world(folder)
    assert newest_shared(world, branch[-1]) == ids[-1]
    assert newest_shared(world, ids[0]) == ids[0]
    assert with_ancestors(world, branch[-1]) == {*ids, *branch}


def test_a_commit_that_is_not_there_shares_nothing(tmp_path: Path) -> None:
    history(tmp_path / "demo", ONE, TWO)
    world = open_world(tmp_path / "demo")
    assert newest_shared(world, "0" * 40) is None
    assert with_ancestors(world, "0" * 40) == frozenset()
    assert not is_there(world, "0" * 40)
