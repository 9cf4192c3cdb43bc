"""Which repository a folder is of, and when a commit is made, with real git."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from understudy_lsp.repository import Head, find_repository
from understudy_protocol.repository import Repository, repository_id

REMOTE = "https://alice:secret@github.com/pallets/click.git"


def git(folder: Path, *command: str, **environment: str) -> str:
    """What git prints, whatever the machine is set up like."""
    settings = {
        "HOME": str(folder),
        "PATH": os.environ["PATH"],
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "a",
        "GIT_AUTHOR_EMAIL": "a@b",
        "GIT_COMMITTER_NAME": "a",
        "GIT_COMMITTER_EMAIL": "a@b",
    }
    done = subprocess.run(
        ["git", "-c", "protocol.file.allow=always", *command],
        cwd=folder,
        env=settings | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def commit(folder: Path, name: str = "file", **environment: str) -> str:
    (folder / name).write_text(name)
    git(folder, "add", name)
    git(folder, "commit", "-q", "-m", name, **environment)
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    folder = tmp_path / "click"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    commit(folder, "one")
    commit(folder, "two")
    git(folder, "remote", "add", "origin", REMOTE)
    return folder


def identity(folder: Path, **fields: str | None) -> str:
    return repository_id(Repository(folder=str(folder), **fields))


def test_a_clone_is_known_by_its_root_commit_and_remote_from_any_folder_in_it(clone: Path) -> None:
    root = git(clone, "rev-list", "--max-parents=0", "HEAD")
    (clone / "src" / "click").mkdir(parents=True)
    found = find_repository(clone / "src" / "click")
    assert found.id == identity(clone, root_commit=root, remote="git@github.com:pallets/click")
    assert found.root == clone
    assert "secret" not in found.id


def test_a_worktree_is_the_same_repository(clone: Path, tmp_path: Path) -> None:
    git(clone, "worktree", "add", "-q", "-b", "other", str(tmp_path / "tree"))
    found = find_repository(tmp_path / "tree")
    assert found.id == find_repository(clone).id
    assert found.root == tmp_path / "tree"


def test_a_submodule_is_a_repository_of_its_own(clone: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "-q")
    commit(other, "library")
    git(clone, "submodule", "--quiet", "add", str(other), "vendored")
    found = find_repository(clone / "vendored")
    root = git(other, "rev-parse", "HEAD")
    assert found.id == identity(clone, root_commit=root, remote=str(other))
    assert found.root == clone / "vendored"


def test_the_oldest_of_several_roots_counts(clone: Path) -> None:
    git(clone, "checkout", "-q", "--orphan", "docs")
    old = commit(clone, "three", GIT_COMMITTER_DATE="2001-01-01T00:00:00Z")
    git(clone, "checkout", "-q", "main")
    git(clone, "merge", "-q", "--allow-unrelated-histories", "-m", "merge", "docs")
    assert find_repository(clone).id == identity(clone, root_commit=old, remote=REMOTE)


def test_a_shallow_clone_goes_by_its_remote(clone: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "--depth", "1", clone.as_uri(), "shallow")
    found = find_repository(tmp_path / "shallow")
    assert found.id == identity(clone, remote=clone.as_uri())


def test_a_detached_head_changes_nothing(clone: Path) -> None:
    before = find_repository(clone).id
    git(clone, "checkout", "-q", "--detach", "HEAD~1")
    assert find_repository(clone).id == before


def test_before_the_first_commit_there_is_the_remote_or_the_folder(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    assert find_repository(tmp_path).id == identity(tmp_path)
    git(tmp_path, "remote", "add", "fork", REMOTE)
    assert find_repository(tmp_path).id == identity(tmp_path, remote=REMOTE)
    git(tmp_path, "remote", "add", "other", "x")
    assert find_repository(tmp_path).id == identity(tmp_path)


@pytest.mark.parametrize("name", ["plain", "with $HOME", "gone", "broken", "bare"])
def test_what_is_not_a_working_tree_is_its_own_folder(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    match name:
        case "gone":
            pass
        case "broken":
            folder.mkdir()
            (folder / ".git").write_text("gitdir: /nowhere")
        case "bare":
            git(tmp_path, "init", "-q", "--bare", name)
        case _:
            folder.mkdir()
    found = find_repository(folder)
    assert (found.id, found.root) == (identity(folder), folder)
    assert not Head(found).committed()


def test_the_environment_of_a_git_hook_does_not_mislead(clone: Path, tmp_path: Path) -> None:
    other = tmp_path / "hooked"
    other.mkdir()
    git(other, "init", "-q")
    commit(other, "x")
    code = (
        "from pathlib import Path; from understudy_lsp.repository import find_repository;"
        f"print(find_repository(Path({str(clone)!r})).id)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "GIT_DIR": str(other / ".git"), "GIT_WORK_TREE": str(other)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == find_repository(clone).id


def test_commits_are_noticed_and_checkouts_are_not(clone: Path) -> None:
    head = Head(find_repository(clone))
    assert not head.committed()
    commit(clone, "three")
    assert head.committed()
    assert not head.committed()
    git(clone, "commit", "-q", "--amend", "-m", "three again")
    assert head.committed()
    git(clone, "checkout", "-q", "-b", "branch", "HEAD~1")
    assert not head.committed()
    commit(clone, "four")
    git(clone, "pack-refs", "--all")
    assert head.committed()
    commit(clone, "five")
    assert head.committed()
    git(clone, "checkout", "-q", "--detach")
    assert not head.committed()
    commit(clone, "six")
    assert head.committed()


def test_commits_in_a_worktree_are_its_own(clone: Path, tmp_path: Path) -> None:
    git(clone, "worktree", "add", "-q", "-b", "other", str(tmp_path / "tree"))
    main, tree = Head(find_repository(clone)), Head(find_repository(tmp_path / "tree"))
    commit(tmp_path / "tree", "three")
    assert tree.committed()
    assert not main.committed()


def test_the_first_commit_is_noticed(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    head = Head(find_repository(tmp_path))
    assert not head.committed()
    commit(tmp_path, "one")
    assert head.committed()
