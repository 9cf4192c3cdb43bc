"""One night at a time."""

import subprocess
import sys
from pathlib import Path

import pytest

from understudy_protocol.errors import NightRuns
from understudy_releases.nights import forget_nights, only_night

HOLDER = """
import sys, time
from pathlib import Path
from understudy_releases.nights import only_night
with only_night(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_night_is_told_who_holds_the_first(tmp_path: Path) -> None:
    with (
        subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(tmp_path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as holder,
    ):
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(NightRuns, match=str(holder.pid)), only_night(tmp_path):
            pass
        holder.kill()
        holder.wait()
    # The kernel freed it.
    with only_night(tmp_path):
        pass


def test_what_nights_keep_is_for_its_owner_alone(tmp_path: Path) -> None:
    home = tmp_path / "state" / "nights" / "shop"
    with only_night(home):
        pass
    folders = (home, home.parent, home.parent.parent)
    assert [oct(each.stat().st_mode & 0o777) for each in folders] == ["0o700"] * 3
    home.chmod(0o755)  # as an older version made it
    with only_night(home):
        assert home.stat().st_mode & 0o777 == 0o700


def test_nights_follow_each_other(tmp_path: Path) -> None:
    for _ in range(2):
        with only_night(tmp_path / "new"):
            pass


def test_what_nights_kept_is_forgotten_and_that_of_others_is_not(tmp_path: Path) -> None:
    for repository in ("shop", "other"):
        (tmp_path / repository / "2026-11-25-030000").mkdir(parents=True)
        (tmp_path / repository / "2026-11-25-030000" / "report.json").write_text("{}")
        (tmp_path / repository / "replay").write_text("")
    assert forget_nights(tmp_path / "shop") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["other"]
    assert forget_nights(tmp_path / "shop") == 0


def test_a_night_that_runs_is_not_forgotten_beside(tmp_path: Path) -> None:
    with only_night(tmp_path), pytest.raises(NightRuns):
        forget_nights(tmp_path)
    assert tmp_path.is_dir()


def test_a_link_is_removed_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert forget_nights(tmp_path / "link") == 0
    assert [path.name for path in tmp_path.iterdir()] == ["real"]
