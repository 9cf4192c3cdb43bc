"""The parent of an engine's processes: none of them outlives the gateway.

`python -P -m understudy_server.keeper COMMAND …` runs the command in a session of its own, so that all its
children can be ended together, and prints its process id. Standard input is a pipe that the gateway
holds: when it closes, because the gateway stopped or was killed, everything here is ended. Standard
library only, and small, because it stays in memory for as long as the engine runs.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time

GRACE_SECONDS = 10.0
"""What vLLM gets to finish before it is killed."""

PR_SET_PDEATHSIG = 1


def main() -> None:
    child = subprocess.Popen(
        sys.argv[1:],
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
        start_new_session=True,
        preexec_fn=_die_with_parent,
    )
    os.write(1, b"%d\n" % child.pid)
    ended = threading.Event()
    threading.Thread(target=_wait_for_the_gateway, args=(ended,), daemon=True).start()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the gateway, which then closes the pipe
    while child.poll() is None and not ended.wait(0.05):
        pass
    code = end_group(child.pid, GRACE_SECONDS if ended.is_set() else 0, child)
    sys.exit(code if code is not None and code >= 0 else 1)


def end_group(group: int, grace_s: float, child: subprocess.Popen[bytes] | None = None) -> int | None:
    """SIGTERM to every process of the group, and after the grace SIGKILL."""
    deadline = time.monotonic() + grace_s
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGTERM)
        while time.monotonic() < deadline:
            if child is not None:
                child.poll()  # a zombie would keep the group alive
            os.killpg(group, 0)
            time.sleep(0.02)
        os.killpg(group, signal.SIGKILL)
    return None if child is None else child.wait()


def _wait_for_the_gateway(ended: threading.Event) -> None:
    while os.read(0, 1024):
        pass
    ended.set()


def _die_with_parent() -> None:
    """On Linux the kernel ends the engine if the keeper itself is killed."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


if __name__ == "__main__":
    main()
