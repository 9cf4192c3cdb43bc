"""Whose night comes first, and that one failure ends no other."""

from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from git_histories import history

from understudy_protocol.night import LAST_FILE, PLACE_FILE, NightSummary, Outcome, Place
from understudy_protocol.repository import RepositoryId
from understudy_releases.nights import only_night
from understudy_trainer.commands.train import train
from understudy_trainer.night.everybody import known_places, local, unlist
from understudy_trainer.night.identity import identity


def had_night(
    state: Path, name: str, ended_at: int | None, source: str, outcome: Outcome = "promoted"
) -> Path:
    repository = RepositoryId(f"{name}-{'0' * 12}")
    home = state / "nights" / repository
    home.mkdir(parents=True)
    (home / PLACE_FILE).write_bytes(msgspec.json.encode(Place(repository, source)))
    if ended_at is not None:
        summary = NightSummary(
            repository=repository, began_at=0, ended_at=ended_at, outcome=outcome, reason=""
        )
        (home / LAST_FILE).write_bytes(msgspec.json.encode(summary))
    return home


def last(home: Path) -> NightSummary:
    return msgspec.json.decode((home / LAST_FILE).read_bytes(), type=NightSummary)


def sources(state: Path, **chosen: int) -> list[str]:
    return [place.source for place in known_places(state, **chosen)]


def test_who_waited_longest_comes_first(tmp_path: Path) -> None:
    had_night(tmp_path, "a", 300, "/a")
    had_night(tmp_path, "b", 100, "/b")
    had_night(tmp_path, "c", None, "/c")
    assert sources(tmp_path) == ["/c", "/b", "/a"]


def test_a_damaged_place_is_left_out(tmp_path: Path) -> None:
    had_night(tmp_path, "a", 300, "/a")
    had_night(tmp_path, "b", 100, "/b")
    (tmp_path / "nights" / f"b-{'0' * 12}" / PLACE_FILE).write_bytes(b"{")
    assert sources(tmp_path) == ["/a"]


def test_a_second_try_is_for_those_whose_night_failed_or_did_not_come(tmp_path: Path) -> None:
    had_night(tmp_path, "well", 300, "/well")
    had_night(tmp_path, "failed", 310, "/failed", "failed")
    had_night(tmp_path, "waits", 100, "/waits")
    had_night(tmp_path, "new", None, "/new")
    assert sources(tmp_path, unless_since=200) == ["/new", "/waits", "/failed"]


def test_a_night_that_fails_ends_no_other_and_is_written_down(tmp_path: Path) -> None:
    homes = [
        had_night(tmp_path, name, at, str(tmp_path / name)) for name, at in (("a", 1), ("b", 2))
    ]
    (tmp_path / "a").mkdir()  # which is no repository; the other is nothing at all
    ended = list(local(tmp_path, known_places(tmp_path), ["--state-dir", str(tmp_path)]))
    assert [each.status for each in ended] == [1, 1]
    assert [last(home).outcome for home in homes] == ["failed", "failed"]
    assert "status 1" in last(homes[0]).reason


def test_all_that_run_dry_run_dry(tmp_path: Path) -> None:
    folder = tmp_path / "small"
    history(folder, {"a.py": "x = 1\n"}, {"a.py": "x = 2\n"})
    home = had_night(tmp_path, "a", 1, str(folder))
    place = tmp_path / "nights" / identity(folder) / PLACE_FILE
    home.rename(place.parent)
    options = ["--all", "--dry-run", "--state-dir", str(tmp_path)]
    written = place.read_bytes() + b" "
    place.write_bytes(written)
    assert CliRunner().invoke(train, options, catch_exceptions=False).exit_code == 0
    assert last(place.parent).outcome == "nothing new"
    # A night that is not dry writes the place anew.
    assert place.read_bytes() == written


def test_a_folder_that_is_gone_fails_with_how_to_take_it_off_the_list(tmp_path: Path) -> None:
    home = had_night(tmp_path, "a", 1, str(tmp_path / "missing"))
    (ended,) = local(tmp_path, known_places(tmp_path), [])
    assert ended.status == 1
    assert f"--unlist a-{'0' * 12}" in ended.why
    assert (last(home).outcome, last(home).reason) == ("failed", ended.why)
    # It does not come first for ever.
    had_night(tmp_path, "c", last(home).ended_at - 1, "/c")
    assert sources(tmp_path)[0] == "/c"


def test_a_night_that_somebody_runs_meanwhile_tells_of_itself(tmp_path: Path) -> None:
    home = had_night(tmp_path, "a", 1, str(tmp_path / "missing"))
    with only_night(home):
        list(local(tmp_path, known_places(tmp_path), []))
    assert last(home).outcome == "promoted"


def test_what_was_forgotten_is_not_written_down_again(tmp_path: Path) -> None:
    place = Place(RepositoryId(f"a-{'0' * 12}"), str(tmp_path / "missing"))
    list(local(tmp_path, [place], []))
    assert not (tmp_path / "nights").exists()


def test_a_password_on_the_list_reaches_no_command_line(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    home = had_night(tmp_path, "a", 1, "https://user:hunter2@localhost/a.git")
    (ended,) = local(tmp_path, known_places(tmp_path), ["--state-dir", str(tmp_path)])
    assert ended.status == 1
    assert "without it" in ended.why
    assert "hunter2" not in ended.why + last(home).reason + "".join(capfd.readouterr())


def test_a_place_is_taken_off_the_list_by_folder_and_by_id_and_keeps_the_rest(
    tmp_path: Path,
) -> None:
    home = had_night(tmp_path, "a", 1, str(tmp_path / "a"))
    had_night(tmp_path, "b", 2, "https://host/b")
    had_night(tmp_path, "c", 3, "/c")
    assert [each.source for each in unlist(tmp_path, str(tmp_path / "x" / ".." / "a"))] == [
        str(tmp_path / "a")
    ]
    assert len(unlist(tmp_path, f"b-{'0' * 12}")) == 1
    assert unlist(tmp_path, "/d") == []
    assert sources(tmp_path) == ["/c"]
    assert (home / LAST_FILE).is_file()
