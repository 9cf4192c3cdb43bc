"""Typing rebuilt from commits."""

from pathlib import Path

import pytest
from git_histories import git
from hypothesis import given
from hypothesis import strategies as st

from understudy_protocol.errors import ConfigError
from understudy_typist.history import Change, changes_between, episodes

LINES = st.lists(st.sampled_from(["a", "b", "    c", ""]), max_size=12)
ADDED = "".join(f"    total_{number} = add(first, second)\n" for number in range(6))


@given(LINES, LINES)
def test_the_changes_make_the_one_text_of_the_other(old: list[str], new: list[str]) -> None:
    before, after = ("".join(f"{line}\n" for line in lines) for lines in (old, new))
    assert _made(before, changes_between(before, after)) == after


def test_added_lines_are_typed_from_the_end_of_the_line_above() -> None:
    before, after = "def f():\n    pass\n", "def f():\n    one()\n    pass\n"
    assert changes_between(before, after) == (Change(8, 0, "\n    one()", typed=True),)


def test_of_changed_lines_what_differs_is_typed() -> None:
    assert changes_between("a\nf(x)\n", "a\nf(y, z)\n") == (
        Change(4, 1, "", typed=False),
        Change(4, 0, "y, z", typed=True),
    )
    assert changes_between("a\nf(x)\n", "a\nf(x, y)\n") == (Change(5, 0, ", y", typed=True),)


def test_what_is_only_removed_is_gone_at_once() -> None:
    assert changes_between("a\nb\nc\n", "a\nc\n") == (Change(2, 2, "", typed=False),)


def test_a_new_file_is_typed() -> None:
    assert changes_between("", "a\nb\n") == (Change(0, 0, "a\nb\n", typed=True),)


def test_typing_stops_at_the_end_of_a_line() -> None:
    typed, rest = changes_between("a\n", "a\none\ntwo\nthree\n", most=5)
    assert (typed.text, typed.typed) == ("\none\ntwo", True)
    assert (rest.text, rest.typed) == ("\nthree", False)


def test_episodes_are_the_same_each_time_and_the_oldest_first(tmp_path: Path) -> None:
    _history(tmp_path, commits=4)
    chosen = episodes(tmp_path, keys=500, seed=0)
    assert chosen == episodes(tmp_path, keys=500, seed=0)
    assert sum(one.keys for one in chosen) >= 500
    assert [one.at for one in chosen] == sorted(one.at for one in chosen)
    assert {one.language for one in chosen} == {"python"}
    for one in chosen:
        assert _made(one.before, one.changes) == one.before + ADDED


def test_without_a_history_that_is_long_enough_the_person_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="not in a git repository"):
        episodes(tmp_path, keys=10, seed=0)
    _history(tmp_path, commits=2)
    with pytest.raises(ConfigError, match="fewer than 5000 keys"):
        episodes(tmp_path, keys=5000, seed=0)


def _made(text: str, changes: tuple[Change, ...]) -> str:
    for change in changes:
        end = change.start + change.removed
        text = text[: change.start] + change.text + text[end:]
    return text


def _history(folder: Path, *, commits: int) -> None:
    """Each commit adds the same lines to a file, and to one that is no code."""
    git(folder, "init", "--quiet")
    for number in range(commits):
        for name in ("code.py", "notes.md"):
            with (folder / name).open("a") as file:
                file.write(ADDED if number else "def f(first, second):\n")
        git(folder, "add", ".")
        moment = f"2024-01-0{number + 1}T00:00:00Z"
        git(folder, "commit", "--quiet", "-m", "-", GIT_COMMITTER_DATE=moment)
