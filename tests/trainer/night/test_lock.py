"""One night at a time."""

import subprocess
import sys
from pathlib import Path

import pytest

from understudy_trainer.night.lock import NightRuns, only_night

HOLDER = """
import sys, time
from pathlib import Path
from understudy_trainer.night.lock import only_night
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


def test_nights_follow_each_other(tmp_path: Path) -> None:
    for _ in range(2):
        with only_night(tmp_path / "new"):
            pass
