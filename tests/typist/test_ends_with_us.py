import os
import signal
import subprocess
import sys
import time

import pytest

from understudy_typist.ends_with_us import ends_with_us

PARENT = """
import os, subprocess, sys, time
from understudy_typist.ends_with_us import ends_with_us
command = [sys.executable, "-c", "import time; time.sleep(60)"]
child = subprocess.Popen(ends_with_us(command, parent=os.getpid()))
print(child.pid, flush=True)
time.sleep(60)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's end")
def test_a_killed_parent_takes_its_child_along() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT], stdout=subprocess.PIPE, encoding="ascii"
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        deadline = time.monotonic() + 20
        while _lives(child) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not _lives(child)


def test_the_command_runs_as_it_would(capfd: pytest.CaptureFixture[str]) -> None:
    command = [sys.executable, "-c", "import sys; print(sys.argv[1:]); sys.exit(3)", "a b", "c"]
    assert subprocess.run(ends_with_us(command, parent=os.getpid()), check=False).returncode == 3
    assert capfd.readouterr().out == "['a b', 'c']\n"


def _lives(process: int) -> bool:
    try:
        with open(f"/proc/{process}/stat", encoding="ascii") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
