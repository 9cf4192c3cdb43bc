"""The parent of an engine's processes: none of them outlives the gateway.

`python -I -S keeper.py GRACE DIRECTORY COMMAND …` runs the command in a session of its own, so that all its
children can be ended together, and prints its process id. Standard input is a pipe that the gateway
holds: when it closes, because the gateway stopped or was killed, everything here is ended (SIGTERM, and
SIGKILL after GRACE seconds) and DIRECTORY removed. Standard library only, and small, because it stays
in memory for as long as the engine runs.
"""

import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import sys
import threading
import time

PR_SET_PDEATHSIG = 1


def main() -> None:
    grace_s, directory, *command = sys.argv[1:]
    # Ctrl-C in a terminal is for the gateway, which then closes the pipe.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    try:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr,
            start_new_session=True,
            preexec_fn=_die_with_parent,
        )
    except OSError as error:
        os.write(2, f"{command[0]}: {error.strerror}\n".encode())
        sys.exit(127)
    os.write(1, b"%d\n" % child.pid)
    gateway_gone = threading.Event()
    waiting = threading.Thread(target=_wait_for_the_gateway, args=(gateway_gone,), daemon=True)
    waiting.start()
    while child.poll() is None and not ended.is_set() and not gateway_gone.is_set():
        ended.wait(0.05)
    end_group(child, float(grace_s) if child.returncode is None else 0.0)
    if gateway_gone.is_set():
        shutil.rmtree(directory, ignore_errors=True)
    status = child.wait()
    os._exit(status if status >= 0 else 128 - status)


def end_group(child: subprocess.Popen[bytes], grace_s: float) -> None:
    """Every process of the child's group is told to end, and after the grace is ended."""
    deadline = time.monotonic() + grace_s
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGTERM)
        while time.monotonic() < deadline:
            child.poll()  # an unread exit status would keep the group alive
            os.killpg(child.pid, 0)
            time.sleep(0.02)
        os.killpg(child.pid, signal.SIGKILL)


def _wait_for_the_gateway(gone: threading.Event) -> None:
    while os.read(0, 1024):
        pass
    gone.set()


def _die_with_parent() -> None:
    """On Linux the kernel ends the engine if the keeper itself is killed."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


if __name__ == "__main__":
    main()
