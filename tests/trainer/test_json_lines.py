"""Results, a line each."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy_protocol.errors import ConfigError
from understudy_trainer.json_lines import JsonLines, open_lines


def put(path: Path, *values: int) -> list[int]:
    with open_lines(path, int) as file:
        for value in values:
            file.put(value)
        return file.known


def test_what_was_put_is_known_the_next_time(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "results.jsonl"
    assert put(path, 1, 2) == [1, 2]
    assert put(path, 3) == [1, 2, 3]


@given(st.integers(0, 8))
def test_what_a_kill_left_of_a_line_is_taken_off(
    tmp_path_factory: pytest.TempPathFactory, length: int
) -> None:
    path = tmp_path_factory.mktemp("killed") / "results.jsonl"
    put(path, 111, 222)
    path.write_bytes(path.read_bytes()[:length])
    whole = [111, 222][: length // 4]
    assert put(path, 333) == [*whole, 333]
    assert put(path) == [*whole, 333]


def test_something_else_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("my notes\n")
    with pytest.raises(ConfigError, match="holds something else"):
        put(path, 1)
    assert path.read_text() == "my notes\n"


def test_a_full_disk_is_told() -> None:
    with (
        open("/dev/full", "wb", buffering=0) as full,
        pytest.raises(ConfigError, match="No space left"),
    ):
        JsonLines[int](full, []).put(1)


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="cannot be written"):
        put(tmp_path / "file" / "results.jsonl", 1)
