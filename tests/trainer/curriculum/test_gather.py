from pathlib import Path

import pytest
from git_histories import commit, git, history

from understudy_protocol.errors import ConfigError
from understudy_trainer.curriculum.gather import beside, gather

CODE = "def area(width, height):\n    return width * height\n"


def test_code_and_its_history_are_gathered_the_newest_first(tmp_path: Path) -> None:
    first, second, third = history(
        tmp_path,
        {"a.py": "one = 1\n"},
        {"a.py": "one = 1\ntwo = 2\n"},
        {"b.py": CODE},
    )
    gathered = gather(tmp_path)
    assert gathered.commit == third
    assert gathered.files == {"a.py": "one = 1\ntwo = 2\n", "b.py": CODE}
    assert [each.id for each in gathered.commits] == [third, second]
    assert [(e.path, e.before, e.after) for e in gathered.commits[1].edits] == [
        ("a.py", "one = 1\n", "one = 1\ntwo = 2\n")
    ]
    assert gathered.history_left_out == {"first commit": 1}
    assert gather(tmp_path, commit=first).commits == ()


def test_nothing_of_a_later_commit_is_gathered(tmp_path: Path) -> None:
    _, second, _ = history(tmp_path, {"a.py": CODE}, {"b.py": CODE}, {"a.py": "planted = 1\n"})
    gathered = gather(tmp_path, commit=second)
    assert "planted" not in repr(gathered)
    assert gathered.commit == second


def test_since_says_what_is_known_and_leaves_the_history_before(tmp_path: Path) -> None:
    _, second, third = history(
        tmp_path, {"a.py": "one = 1\n"}, {"b.py": CODE}, {"a.py": "one = 1\ntwo = 2\n"}
    )
    gathered = gather(tmp_path, since=second)
    assert [each.id for each in gathered.commits] == [third]
    assert gathered.unchanged == {"b.py"}
    assert {"one = 1", "return width * height"} <= gathered.known
    assert "two = 2" not in gathered.known
    assert gather(tmp_path, since=third).commits == ()


def test_since_must_come_before(tmp_path: Path) -> None:
    first, second = history(tmp_path, {"a.py": CODE}, {"b.py": CODE})
    with pytest.raises(ConfigError, match="does not come before"):
        gather(tmp_path, commit=first, since=second)


@pytest.mark.parametrize("name", ["0" * 40, "nowhere", "--all", ""])
def test_a_commit_that_is_not_there_is_said(tmp_path: Path, name: str) -> None:
    history(tmp_path, {"a.py": CODE})
    with pytest.raises(ConfigError, match="There is no commit"):
        gather(tmp_path, since=name)


def test_a_repository_without_a_commit_is_said(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    with pytest.raises(ConfigError, match="There is no commit 'HEAD'"):
        gather(tmp_path)


def test_a_folder_in_no_repository_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="in no git repository"):
        gather(tmp_path)


def test_what_nobody_wrote_or_nobody_may_read_is_left_out_and_counted(tmp_path: Path) -> None:
    history(
        tmp_path,
        {
            "a b/ü n.py": CODE,
            "latin.py": "name = 'é'\n".encode("latin-1"),
            "binary.py": b"\0\1\2",
            "huge.py": "x = 1\n" * 200_000,
            "vendor/v.py": CODE,
            "made.py": "# @generated\n" + CODE,
            "notes.md": "# Notes\n",
            ".env": "A=1\n",
        },
    )
    gathered = gather(tmp_path)
    assert set(gathered.files) == {"a b/ü n.py"}
    assert gathered.files_left_out == {
        "generated": 1,
        "ignored": 1,
        "no code": 1,
        "not text": 2,
        "too large": 1,
        "vendored": 1,
    }


def test_what_is_ignored_is_in_no_file_and_no_commit(tmp_path: Path) -> None:
    history(tmp_path, {"keep.py": CODE}, {"at/commit.py": CODE, "now.py": CODE, "own.py": CODE})
    commit(tmp_path, {"at/.understudyignore": "commit.py\n"}, 2)
    (tmp_path / "at" / ".understudyignore").unlink()
    (tmp_path / ".understudyignore").write_text("now.py\n")
    (tmp_path / ".git" / "info" / "exclude").write_text("own.py\n")
    gathered = gather(tmp_path)
    assert set(gathered.files) == {"keep.py"}
    assert gathered.commits == ()
    assert gathered.history_left_out["ignored"] == 3


def test_an_ignore_file_that_cannot_be_read_ignores_what_is_beside_it(tmp_path: Path) -> None:
    history(tmp_path, {"a/x.py": CODE, "b/y.py": CODE})
    (tmp_path / "a" / ".understudyignore").write_bytes(b"#" * (1 << 20) + b"\n\n")
    assert set(gather(tmp_path).files) == {"b/y.py"}


def test_secrets_are_in_no_file_commit_or_message(tmp_path: Path) -> None:
    secret = "ghp_" + "aB3" * 12
    history(tmp_path, {"a.py": CODE}, {"a.py": CODE + f'token = "{secret}"\n'}, {"a.py": CODE})
    git(tmp_path, "commit", "--quiet", "--amend", f"--message=Take out {secret}")
    gathered = gather(tmp_path)
    assert secret not in repr(gathered)
    assert gathered.commits[0].subject.startswith("Take out [redacted")


def test_a_seam_for_other_ways_to_redact(tmp_path: Path) -> None:
    history(tmp_path, {"a.py": "before = 1\n"}, {"a.py": "before = 1\nmine = 2\n"})
    gathered = gather(tmp_path, redact=lambda text: text.replace("mine", "yours"))
    assert gathered.files == {"a.py": "before = 1\nyours = 2\n"}
    assert "mine" not in repr(gathered)


def test_merges_and_changes_of_format_are_left_out_and_counted(tmp_path: Path) -> None:
    history(tmp_path, {"a.py": CODE}, {"a.py": CODE.replace("    ", "\t")})
    git(tmp_path, "checkout", "--quiet", "-b", "side")
    side = commit(tmp_path, {"b.py": CODE}, 2)
    git(tmp_path, "checkout", "--quiet", "main")
    commit(tmp_path, {"c.md": "text"}, 3)
    git(tmp_path, "merge", "--quiet", "--no-ff", "--message=-", "side")
    gathered = gather(tmp_path)
    assert [each.id for each in gathered.commits] == [side]
    assert gathered.history_left_out == {"first commit": 1, "formatting": 1, "merge": 1}


def test_texts_whose_comparison_would_not_end_are_left_out(tmp_path: Path) -> None:
    history(tmp_path, {"a.py": "x = 1\n" * 3_000}, {"a.py": "x = 1\n" * 3_000 + "y = 2\n"})
    gathered = gather(tmp_path)
    assert gathered.commits == ()
    assert gathered.history_left_out == {"first commit": 1, "too large": 1}


def test_a_shallow_clone_is_gathered_as_far_as_it_goes(tmp_path: Path) -> None:
    history(tmp_path / "whole", {"a.py": CODE}, {"b.py": CODE}, {"c.py": CODE})
    whole = (tmp_path / "whole").as_uri()
    git(tmp_path, "clone", "--quiet", "--depth=2", whole, "part")
    gathered = gather(tmp_path / "part")
    assert set(gathered.files) == {"a.py", "b.py", "c.py"}
    assert len(gathered.commits) == 1
    assert gathered.history_left_out == {"not here": 1}


def test_a_clone_without_old_texts_says_that_they_are_not_here(tmp_path: Path) -> None:
    whole = tmp_path / "whole"
    history(whole, {"a.py": CODE}, {"a.py": CODE + "x = 1\n"}, {"a.py": CODE + "x = 2\n"})
    git(whole, "config", "uploadpack.allowFilter", "true")
    git(tmp_path, "clone", "--quiet", "--filter=blob:none", whole.as_uri(), "part")
    gathered = gather(tmp_path / "part")
    assert gathered.files == {"a.py": CODE + "x = 2\n"}
    assert gathered.commits == ()
    assert gathered.history_left_out["not here"] == 2


def test_what_tests_may_read_is_all_that_is_tracked_and_not_ignored(tmp_path: Path) -> None:
    history(
        tmp_path,
        {
            "a.py": CODE,
            "prices.csv": "tea,3\n",
            "image.bin": "\0\1",
            "private.csv": "secret\n",
            ".understudyignore": "private.csv\n",
        },
        {"later.csv": "not yet\n"},
    )
    gathered = gather(tmp_path, commit="HEAD~1")
    found = beside(tmp_path, gathered, most=1000)
    assert [blob.path for blob in found] == [".understudyignore", "image.bin", "prices.csv"]
    assert [blob.path for blob in beside(tmp_path, gathered, most=8)] == ["image.bin", "prices.csv"]
