"""Which files of a folder are used, as they lie on a disk."""

import os
import subprocess
from pathlib import Path

import pytest

from understudy_lsp.index.rules import Rules


def test_finds_what_git_would_add(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    write(tmp_path, ".gitignore", "*.log\n/build\nlocal/\n!keep.log\n")
    write(tmp_path, "src/.gitignore", "generated_*\n!generated_but_kept.py\n")
    write(tmp_path, ".git/info/exclude", "excluded.py\n")
    for path in (
        *("a.py", "a.log", "keep.log", "build/b.py", "src/build/b.py", "src/local/c.py"),
        *("src/generated_a.py", "src/generated_but_kept.py", "src/excluded.py", "generated_b.py"),
    ):
        write(tmp_path, path)
    listed = git(tmp_path, "ls-files", "--others", "--exclude-standard").split()
    theirs = [path for path in listed if not path.endswith(".gitignore")]
    rules = Rules(tmp_path)
    # Logs are text that nobody writes.
    assert found(rules) == sorted(path for path in theirs if not path.endswith(".log"))
    assert all(map(rules.allowed, theirs))
    assert not rules.allowed("src/local/c.py")
    assert not rules.allowed("src/excluded.py")


def test_finds_neither_secrets_nor_bulk(tmp_path: Path) -> None:
    for path in ("a.py", ".env", "x/id_rsa", "node_modules/b/c.js", "logo.png", ".git/config"):
        write(tmp_path, path)
    assert found(Rules(tmp_path)) == ["a.py"]


def test_our_own_ignore_file_counts_without_git(tmp_path: Path) -> None:
    write(tmp_path, ".understudyignore", "private/\n.understudyignore\n")
    write(tmp_path, "private/a.py")
    write(tmp_path, "b.py")
    assert found(Rules(tmp_path)) == ["b.py"]
    assert not Rules(tmp_path).allowed("private/a.py")


def test_a_folder_in_a_repository_obeys_the_ignore_files_above(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    write(tmp_path, ".gitignore", "/part/secret_plan.py\n/other/\n")
    write(tmp_path, "part/secret_plan.py")
    write(tmp_path, "part/a.py")
    write(tmp_path, "other/b.py")
    assert found(Rules(tmp_path / "part")) == ["a.py"]
    assert not Rules(tmp_path / "part").allowed("secret_plan.py")
    assert found(Rules(tmp_path / "other")) == []
    assert not Rules(tmp_path / "other").allowed("b.py")


def test_a_worktree_obeys_the_excludes_of_its_repository(tmp_path: Path) -> None:
    repository, tree = tmp_path / "repository", tmp_path / "tree"
    repository.mkdir()
    git(repository, "init", "-q")
    commit = ("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "--allow-empty")
    git(repository, *commit, "-m", "first")
    git(repository, "worktree", "add", "-q", str(tree))
    write(repository, ".git/info/exclude", "excluded.py\n")
    write(tree, "excluded.py")
    assert not Rules(tree).allowed("excluded.py")


def test_a_new_line_in_an_ignore_file_counts_at_once(tmp_path: Path) -> None:
    rules = Rules(tmp_path)
    write(tmp_path, "a/b.py")
    assert rules.allowed("a/b.py")
    write(tmp_path, "a/.gitignore", "b.py\n")
    assert not rules.allowed("a/b.py")
    (tmp_path / "a" / ".gitignore").unlink()
    assert rules.allowed("a/b.py")


def test_an_ignore_file_that_cannot_be_read_ignores_everything_beside_it(tmp_path: Path) -> None:
    write(tmp_path, "a/b.py")
    write(tmp_path, "c.py")
    (tmp_path / "a" / ".gitignore").symlink_to(".gitignore")
    assert found(Rules(tmp_path)) == ["c.py"]
    assert not Rules(tmp_path).allowed("a/b.py")


def test_an_ignore_file_without_end_ignores_everything_beside_it(tmp_path: Path) -> None:
    write(tmp_path, "a/b.py")
    write(tmp_path, "a/.gitignore", "x\n" * 600_000)
    assert found(Rules(tmp_path)) == []


def test_follows_no_symbolic_link(tmp_path: Path) -> None:
    outside, folder = tmp_path / "outside", tmp_path / "folder"
    write(outside, "a.py")
    write(folder, "b.py")
    (folder / "out").symlink_to(outside)
    (folder / "a.py").symlink_to(outside / "a.py")
    (folder / "round").symlink_to(folder)
    assert found(Rules(folder)) == ["b.py"]


def test_leaves_out_names_that_cannot_be_written_down(tmp_path: Path) -> None:
    write(tmp_path, "a.py")
    (tmp_path / os.fsdecode(b"\xff.py")).write_text("x = 1\n")
    (tmp_path / os.fsdecode(b"\xfe")).mkdir()
    (tmp_path / os.fsdecode(b"\xfe") / "b.py").write_text("x = 1\n")
    assert found(Rules(tmp_path)) == ["a.py"]


def test_leaves_out_what_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.py")
    assert found(Rules(tmp_path)) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_leaves_out_folders_that_may_not_be_read(tmp_path: Path) -> None:
    write(tmp_path, "a/b.py")
    write(tmp_path, "c.py")
    (tmp_path / "a").chmod(0)
    try:
        assert found(Rules(tmp_path)) == ["c.py"]
    finally:
        (tmp_path / "a").chmod(0o700)


def test_says_that_the_folder_itself_is_gone(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="gone"):
        found(Rules(tmp_path / "gone"))


def found(rules: Rules) -> list[str]:
    names = {".gitignore", ".understudyignore"}
    return sorted(file.path for file in rules.files() if Path(file.path).name not in names)


def write(folder: Path, path: str, text: str = "x = 1\n") -> None:
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), "-c", "core.excludesFile=/dev/null", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
