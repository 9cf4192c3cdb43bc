"""Nothing that runs in a sandbox can do harm, whichever walls it has."""

import os
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from understudy_trainer.repoworld import walls
from understudy_trainer.repoworld.sandbox import Outcome, first_that_works, run_within

Run = Callable[..., Outcome]

IN_PARTS = """
import os, subprocess, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(600)
    os._exit(0)
print("away", flush=True)
time.sleep(600)
"""


@pytest.fixture(params=[walls.bubblewrap, walls.namespaces_of_root, walls.namespaces])
def run(request: pytest.FixtureRequest, tmp_path: Path) -> Run:
    """Runs a Python program in a copy of `tmp_path`."""
    if first_that_works([request.param]) is None:
        pytest.skip(f"this machine does not start {request.param.__name__}")

    def run(program: str, *, seconds: float = 60) -> Outcome:
        command = [sys.executable, "-I", "-c", program]
        outcome = run_within(request.param, command, folder=tmp_path, seconds=seconds)
        assert outcome is not None
        return outcome

    return run


def test_a_program_runs_in_a_copy_of_the_folder_and_says_how_it_ended(
    run: Run, tmp_path: Path
) -> None:
    (tmp_path / "a file").write_text("told")
    outcome = run("print(open('a file').read()); open('a file', 'w'); open('b', 'w'); exit(3)")
    assert outcome == Outcome(3, "told\n")
    assert (tmp_path / "a file").read_text() == "told"
    assert not (tmp_path / "b").exists()


def test_no_server_of_this_machine_can_be_reached(run: Run, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_UNIX) as local:
        local.bind(str(tmp_path / "socket"))
        local.listen()
        host, port = server.getsockname()
        outcome = run(
            "import socket\n"
            f"for family, address in ((socket.AF_INET, ({host!r}, {port})),"
            f" (socket.AF_UNIX, {str(tmp_path / 'socket')!r}), (socket.AF_UNIX, 'socket'),"
            " (socket.AF_INET, ('192.0.2.1', 80))):\n"
            "    try:\n"
            "        socket.socket(family).connect(address)\n"
            "        print('connected to', address)\n"
            "    except OSError as error:\n"
            "        print('refused')\n"
        )
    assert outcome == Outcome(0, "refused\n" * 4)


def test_its_own_servers_can_be_reached(run: Run) -> None:
    outcome = run(
        "import socket\n"
        "server = socket.create_server(('127.0.0.1', 0))\n"
        "socket.create_connection(server.getsockname())\n"
    )
    assert outcome.passed, outcome.output


def test_nothing_can_be_written_outside_the_copy_and_no_right_is_left(
    run: Run, tmp_path: Path
) -> None:
    outcome = run(
        "import os\n"
        "for folder in ('/', '/usr', '/etc', '/source', '/dev', '/proc/sys/kernel', '/root',"
        f" {str(tmp_path)!r}, {sys.prefix!r}):\n"
        "    try:\n"
        "        open(os.path.join(folder, 'planted'), 'w')\n"
        "        print('wrote', folder)\n"
        "    except OSError:\n"
        "        pass\n"
        "try:\n"
        "    open('/proc/sys/kernel/hostname', 'w').write('other')\n"
        "    print('wrote a setting')\n"
        "except OSError:\n"
        "    pass\n"
        "if os.system('mount -o remount,bind,rw /usr 2>/dev/null') == 0: print('mounted')\n"
        "print([line.split()[1] for line in open('/proc/self/status') if line[:6] == 'CapEff'])\n"
    )
    assert outcome == Outcome(0, "['0000000000000000']\n")
    assert not any(path.name == "planted" for path in tmp_path.rglob("*"))


def test_files_and_processes_of_people_are_not_in_sight(run: Run, tmp_path: Path) -> None:
    here = str(Path(__file__).resolve())
    outcome = run(
        "import os\n"
        f"print(os.path.exists({here!r}), os.path.exists({str(tmp_path)!r}))\n"
        "print(len([name for name in os.listdir('/proc') if name.isdigit()]) < 10)\n"
        "print(sorted(os.environ))\n"
    )
    assert outcome.output.splitlines()[:2] == ["False False", "True"]
    assert "USER" not in outcome.output


def test_a_program_is_ended_after_its_time_with_all_that_it_started(run: Run) -> None:
    mark = f"mark-{os.getpid()}-{time.monotonic_ns()}"
    outcome = run(f"mark = {mark!r}\n{IN_PARTS}", seconds=4)
    assert outcome.code is None
    deadline = time.monotonic() + 20
    while alive(mark) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not alive(mark)


def test_memory_files_and_the_copy_have_an_end(run: Run) -> None:
    assert "MemoryError" in run(f"bytearray({2 * walls.MEMORY_BYTES})").output
    outcome = run(
        "import signal\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "file = open('large', 'wb', buffering=0)\n"
        f"file.write(bytes({walls.FILE_BYTES}))\n"
        "file.write(b'x')\n"
    )
    assert "File too large" in outcome.output
    outcome = run(
        f"for number in range({walls.SCRATCH_BYTES // walls.FILE_BYTES + 2}):\n"
        "    file = open(f'/tmp/{number}', 'wb', buffering=0)\n"
        f"    file.write(bytes({walls.FILE_BYTES}))\n"
    )
    assert "No space left" in outcome.output


def test_processes_have_an_end(run: Run, request: pytest.FixtureRequest) -> None:
    if os.geteuid() == 0 and walls.namespaces in request.node.callspec.params.values():
        pytest.skip("the kernel does not count the processes of root")
    outcome = run(
        "import os, time\n"
        "for number in range(2000):\n"
        "    try:\n"
        "        if os.fork() == 0:\n"
        "            time.sleep(600)\n"
        "    except BlockingIOError:\n"
        f"        print(number < {walls.PROCESSES})\n"
        "        break\n"
    )
    assert outcome == Outcome(0, "True\n")


def test_only_the_end_of_much_output_is_kept(run: Run) -> None:
    outcome = run("print('x' * 1_000_000); print('end')")
    assert outcome.passed
    assert outcome.output.endswith("x\nend\n")
    assert len(outcome.output) < 100_000


def test_where_no_walls_can_be_put_up_nothing_is_run(tmp_path: Path) -> None:
    trace = tmp_path / "ran"

    def missing(command: object, *, folder: Path, root: Path) -> None:
        return None

    def broken(command: object, *, folder: Path, root: Path) -> list[str]:
        return [str(tmp_path / "no such program")]

    def refusing(command: object, *, folder: Path, root: Path) -> list[str]:
        return ["sh", "-c", "exit 1"]

    assert first_that_works([missing, broken, refusing]) is None
    for kind in (missing, broken):
        command = ["touch", str(trace)]
        assert run_within(kind, command, folder=tmp_path, seconds=10) is None
    assert not trace.exists()


def alive(mark: str) -> bool:
    """Whether a process of this machine has `mark` in its command line."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if mark.encode() in path.read_bytes():
                return True
        except OSError:
            continue
    return False
