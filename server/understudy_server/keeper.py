"""The parent process of vLLM, so that vLLM never outlives the gateway, however that ends.

`python -I -S keeper.py GRACE_SECONDS DIRECTORY COMMAND…` runs the command in a process group of its
own, with its output on our stderr, and prints its process id. It is stopped (SIGTERM, after the
grace SIGKILL to its group) on SIGTERM, and when stdin ends: the gateway holds the other end and
writes nothing, so the end means that the gateway is gone, and DIRECTORY, in which the engine's
socket lies, is removed too. Exits as the command did, with 128 + n for signal n. Should the keeper
itself be killed, a child of its own, the guard, kills the command's group.

The standard library only: it stays in memory for as long as the engine runs.
"""

import contextlib
import ctypes
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence

PR_SET_CHILD_SUBREAPER = 36
LINUX = sys.platform == "linux"


def main(grace_s: float, directory: str, command: Sequence[str]) -> int:
    signals = _signals()
    if LINUX:
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
    guard = _start_guard()
    try:
        engine = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr,
            start_new_session=True,
        )
    except OSError as error:
        sys.stderr.write(f"{command[0]} cannot be started: {error}\n")
        return 127
    _tell(guard, b"%d " % engine.pid)
    _tell(1, b"%d\n" % engine.pid)
    gateway_is_gone = _wait(engine, signals)
    status = _stop(engine, grace_s)
    _tell(guard, b"0 ")
    os.close(guard)
    _reap()
    if gateway_is_gone:
        shutil.rmtree(directory, ignore_errors=True)
    return status if status >= 0 else 128 - status


def _wait(engine: "subprocess.Popen[bytes]", signals: int) -> bool:
    """Until the engine ends or we are told to stop it (False), or the gateway is gone (True)."""
    while engine.poll() is None:
        ready, _, _ = select.select([0, signals], [], [])
        if signals in ready and set(os.read(signals, 512)) - {signal.SIGCHLD}:
            return False
        if 0 in ready and not os.read(0, 512):
            return True
    return False


def _stop(engine: "subprocess.Popen[bytes]", grace_s: float) -> int:
    if engine.poll() is None:
        engine.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            engine.wait(grace_s)
    # Its children too, also those that it left behind.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(engine.pid, signal.SIGKILL)
    return engine.wait()


def _reap() -> None:
    """Waits, at most 10 s, until the children's memory is free again: the next engine needs it.

    On Linux they have become ours; elsewhere there is nothing to wait for.
    """
    deadline = time.monotonic() + 10
    with contextlib.suppress(ChildProcessError):
        while time.monotonic() < deadline:
            if os.waitpid(-1, os.WNOHANG) == (0, 0):
                time.sleep(0.01)


def _start_guard() -> int:
    """A pipe to the guard: when it closes, the guard kills the group last written to it, 0 is none.

    It leads to a process of ours that outlives us by as long as this takes.
    """
    reader, writer = os.pipe()
    if os.fork() != 0:
        os.close(reader)
        return writer
    os.setsid()
    for descriptor in (0, 1, writer):
        os.close(descriptor)
    numbers = b""
    while part := os.read(reader, 64):
        numbers += part
    group = int((numbers.split() or [b"0"])[-1])
    if group:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)
    os._exit(0)


def _tell(descriptor: int, text: bytes) -> None:
    """Whoever is gone need not know."""
    with contextlib.suppress(BrokenPipeError):
        os.write(descriptor, text)


def _signals() -> int:
    """A file descriptor from which each signal can be read as one byte, its number."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    # Ctrl-C in a terminal is for the gateway, which then tells us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _noted)
    return reader


def _noted(_number: int, _frame: object) -> None:
    """Its byte is in the pipe."""


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]), sys.argv[2], sys.argv[3:]))
