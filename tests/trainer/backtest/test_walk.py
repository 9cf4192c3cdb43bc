"""A history as work to be typed."""

from pathlib import Path

import pytest
from git_histories import commit, git, history

from understudy_protocol.errors import ConfigError
from understudy_trainer.backtest.walk import MOST, Work, hunk_id, work_of

START = "def area(width, height):\n    return width * height\n"
ADDED = START + "\n\ndef volume(width, height, depth):\n    return area(width, height) * depth\n"


def work(folder: Path, *, hunks: int = 100, nights: int = 0, since: str | None = None) -> Work:
    return work_of(folder, since=since, hunks=hunks, nights=nights, seed=0)


def typed(found: Work) -> list[str]:
    return [
        change.text
        for step in found.steps
        for edit in step.edits
        for change in edit.changes
        if change.typed
    ]


def test_what_was_added_is_typed_and_the_first_commit_is_not(tmp_path: Path) -> None:
    history(tmp_path, {"a.py": START}, {"a.py": ADDED})
    found = work(tmp_path)
    assert typed(found) == [ADDED.removeprefix(START[:-1])[:-1]]
    assert found.walk.left_out == {"first commit": 1}
    assert (found.walk.commits, found.walk.hunks) == (1, 1)


def test_the_changes_make_of_the_file_before_the_file_after(tmp_path: Path) -> None:
    texts = [
        START,
        ADDED,
        ADDED.replace("depth", "distance_to_the_floor"),
        START * 9,
        "x = 1\n" + ADDED,
    ]
    history(tmp_path, *({"a.py": text} for text in texts))
    for step, after in zip(work(tmp_path).steps, texts[1:], strict=True):
        [edit] = step.edits
        text = edit.before
        for change in edit.changes:
            end = change.start + change.removed
            text = text[: change.start] + change.text + text[end:]
        assert text == after


def test_what_nobody_types_is_left_out_and_counted(tmp_path: Path) -> None:
    history(
        tmp_path,
        {"a.py": START, "image.py": b"\xff\xfe\x00", "latin.py": b"x = 1\n"},
        {
            "vendor/b.py": ADDED,
            "api_pb2.py": ADDED,
            "latin.py": "é = 1\n".encode("latin-1"),
            "wide.py": ADDED.encode("utf-16"),
            "a.py": START.replace("width * height", "(\n        width\n        * height\n    )"),
            "notes.md": ADDED,
            "uv.lock": ADDED,
            "good.py": ADDED,
        },
    )
    found = work(tmp_path)
    assert [edit.path for step in found.steps for edit in step.edits] == ["good.py"]
    assert found.walk.left_out == {
        "first commit": 1,
        "formatting": 1,
        "generated": 1,
        "not text": 2,
        "vendored": 1,
    }


def test_merges_are_left_out(tmp_path: Path) -> None:
    history(tmp_path, {"a.py": START})
    git(tmp_path, "checkout", "--quiet", "-b", "side")
    commit(tmp_path, {"b.py": ADDED}, 1)
    git(tmp_path, "checkout", "--quiet", "main")
    commit(tmp_path, {"c.py": ADDED}, 2)
    git(tmp_path, "merge", "--quiet", "--no-edit", "side", GIT_COMMITTER_DATE="1700300000 +0000")
    found = work(tmp_path)
    assert found.walk.left_out["merge"] == 1
    assert len(typed(found)) == 2


def test_a_rename_in_many_places_is_left_out(tmp_path: Path) -> None:
    lines = [f"value_{number} = compute({number}, first_argument)\n" for number in range(12)]
    before = "".join(lines)
    history(
        tmp_path, {"a.py": before}, {"a.py": before.replace("first_argument", "another_operand")}
    )
    with pytest.raises(ConfigError, match="Nobody typed anything"):
        work(tmp_path)


def test_of_a_long_hunk_the_beginning_is_typed(tmp_path: Path) -> None:
    lines = "".join(f"def function_{number}(): ...\n" for number in range(100))
    history(tmp_path, {"a.py": START}, {"b.py": lines})
    found = work(tmp_path)
    [text] = typed(found)
    assert MOST <= len(text) < MOST + 40
    assert lines.startswith(text + "\n")


def test_hunks_are_chosen_by_the_seed_and_stay_in_order(tmp_path: Path) -> None:
    files = [{f"{name}.py": ADDED.replace("area", name)} for name in "abcdefghij"]
    history(tmp_path, {"a.py": START}, *files)
    found = work(tmp_path, hunks=4, nights=1)
    assert found == work(tmp_path, hunks=4, nights=1)
    assert len(typed(found)) == 4
    assert found.walk.left_out["not chosen"] == 6
    assert [step.at for step in found.steps] == sorted(step.at for step in found.steps)
    assert [step.night for step in found.steps] == [0, 0, 1, 1]
    [night] = found.walk.nights
    assert found.steps[1].at < night < found.steps[2].at


def test_hunks_have_names_of_their_own(tmp_path: Path) -> None:
    history(tmp_path, {"a.py": START}, {"a.py": ADDED, "b.py": ADDED})
    [step] = work(tmp_path).steps
    assert len({hunk_id(step, edit, number) for edit in step.edits for number in range(3)}) == 6


def test_only_what_came_after_a_date(tmp_path: Path) -> None:
    history(tmp_path, {"a.py": START}, {"b.py": ADDED}, {"c.py": ADDED})
    found = work(tmp_path, since="2023-11-16T12:00:00Z")
    assert [edit.path for step in found.steps for edit in step.edits] == ["c.py"]


def test_names_with_blanks_and_other_letters_are_typed(tmp_path: Path) -> None:
    history(tmp_path, {"a.py": START}, {"ein größerer Ordner/é 日本.py": ADDED})
    [step] = work(tmp_path).steps
    assert [edit.path for edit in step.edits] == ["ein größerer Ordner/é 日本.py"]


@pytest.mark.parametrize("commits", [[], [{"a.py": START}]], ids=["empty", "one commit"])
def test_without_a_history_the_person_is_told(
    tmp_path: Path, commits: list[dict[str, str]]
) -> None:
    history(tmp_path, *commits)
    with pytest.raises(ConfigError, match="takes two"):
        work(tmp_path)


def test_without_a_repository_the_person_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="in no git repository"):
        work(tmp_path)


def test_a_folder_of_a_repository_stands_for_all_of_it(tmp_path: Path) -> None:
    history(tmp_path, {"inner/a.py": START}, {"inner/a.py": ADDED, "b.py": ADDED})
    found = work(tmp_path / "inner")
    assert found.root == tmp_path.resolve()
    assert len(typed(found)) == 2
