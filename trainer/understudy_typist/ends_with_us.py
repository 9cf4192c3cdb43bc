"""A process that does not outlive this one, however this one ends."""

import sys
from collections.abc import Sequence

_BOUND = """
import ctypes, os, signal, sys
ctypes.CDLL(None).prctl(1, signal.SIGTERM)
if os.getppid() != int(sys.argv[1]):
    sys.exit(1)
os.execv(sys.argv[2], sys.argv[2:])
"""
"""1 is PR_SET_PDEATHSIG, which stays in force over `exec`. If the parent has ended before it was
set, nothing would come."""


def ends_with_us(command: Sequence[str], *, parent: int) -> list[str]:
    """The command line that runs `command`, which begins with an absolute path, so that it is asked
    to end (SIGTERM) when the process `parent`, which starts it, has ended. On Linux; elsewhere it
    is the command itself, which then stays if this process is killed."""
    if sys.platform != "linux":
        return [*command]
    return [sys.executable, "-I", "-S", "-c", _BOUND, str(parent), *command]
