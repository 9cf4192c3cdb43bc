"""Whose night comes first, and that one failure ends no other."""

from pathlib import Path

import msgspec

from understudy_protocol.night import LAST_FILE, PLACE_FILE, NightSummary, Place
from understudy_protocol.repository import RepositoryId
from understudy_trainer.night.everybody import known_places, local


def had_night(state: Path, name: str, ended_at: int | None, source: str) -> None:
    repository = RepositoryId(f"{name}-{'0' * 12}")
    home = state / "nights" / repository
    home.mkdir(parents=True)
    (home / PLACE_FILE).write_bytes(msgspec.json.encode(Place(repository, source)))
    if ended_at is not None:
        summary = NightSummary(
            repository=repository, began_at=0, ended_at=ended_at, outcome="promoted", reason=""
        )
        (home / LAST_FILE).write_bytes(msgspec.json.encode(summary))


def test_who_waited_longest_comes_first(tmp_path: Path) -> None:
    had_night(tmp_path, "a", 300, "/a")
    had_night(tmp_path, "b", 100, "/b")
    had_night(tmp_path, "c", None, "/c")
    assert [place.source for place in known_places(tmp_path)] == ["/c", "/b", "/a"]


def test_a_damaged_place_is_left_out(tmp_path: Path) -> None:
    had_night(tmp_path, "a", 300, "/a")
    had_night(tmp_path, "b", 100, "/b")
    (tmp_path / "nights" / f"b-{'0' * 12}" / PLACE_FILE).write_bytes(b"{")
    assert [place.source for place in known_places(tmp_path)] == ["/a"]


def test_a_night_that_fails_ends_no_other(tmp_path: Path) -> None:
    for name in ("a", "b"):
        had_night(tmp_path, name, None, str(tmp_path / "missing" / name))
    ended = list(local(known_places(tmp_path), ["--state-dir", str(tmp_path)]))
    assert len(ended) == 2
    assert all(each.status == 1 for each in ended)
