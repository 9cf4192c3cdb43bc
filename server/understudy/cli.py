"""The console script, and what it does before it imports anything.

An editor's environment may send Python elsewhere for its modules: `PYTHONPATH=.` is the folder that
somebody works in, which is not to be trusted with running the language server. So that one is
started anew without these variables, for itself and for what it starts.

This module imports what an interpreter has loaded anyway. What it cannot prevent is what runs
before it: a `sitecustomize`, an `re` or an `understudy` that is found on such a path, or a whole
interpreter in `PYTHONHOME`. Whoever works in folders that they do not trust should have their
editor start it without these variables, as the extension for VS Code does.
"""

import os
import sys

ELSEWHERE = (
    *("PYTHONPATH", "PYTHONHOME", "PYTHONUSERBASE", "PYTHONPLATLIBDIR", "PYTHONPYCACHEPREFIX"),
    *("PYTHONWARNINGS", "PYTHONBREAKPOINT", "PYTHONSTARTUP", "PYTHONINSPECT"),
)
"""Variables by which Python runs code that did not come with it."""


def main() -> None:
    if "lsp" in sys.argv[1:] and any(map(os.environ.get, ELSEWHERE)) and os.name == "posix":
        _start_anew()
    from understudy.command_line import main

    main()


def _start_anew() -> None:
    """The same command in the place of this process; on Windows there is no such thing, and an
    editor would lose its pipes."""
    clean = {name: value for name, value in os.environ.items() if name not in ELSEWHERE}
    os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], clean)
