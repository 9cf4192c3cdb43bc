"""The builder as a child of the language server: started, listened to, started again."""

import os
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import msgspec
from msgspec.structs import replace

from understudy_lsp.index.facts import Progress
from understudy_lsp.index.jobs import Order, Report

FIRST_PAUSE = 1.0
LONGEST_PAUSE = 60.0
"""Seconds before a builder that ended is started again, doubled each time that one ends before it
has reported that it is ready."""

WHOLE = 4096
"""Bytes that a pipe takes whole or not at all (POSIX's PIPE_BUF, as Linux has it)."""


class BuilderProcess:
    """A thread of its own starts the process and listens to it, so that nobody waits for either."""

    def __init__(self, folder: Path, place: Path) -> None:
        module = "understudy_lsp.index.builder"
        paths = [os.fspath(folder), os.fspath(place)]
        self._command = [sys.executable, "-P", "-m", module, *paths]
        self._process: subprocess.Popen[bytes] | None = None
        self._missed = False
        self._closed = threading.Event()
        self.report = Report(Progress())
        """What it has told last."""
        self._thread = threading.Thread(target=self._keep, name="index", daemon=True)
        self._thread.start()

    def order(self, order: Order) -> None:
        """Tell it what to do. What it is too busy to hear becomes a look at the whole folder."""
        process = self._process
        if process is None or process.stdin is None:
            return  # a new one begins with the whole folder
        line = msgspec.json.encode(Order(everything=True) if self._missed else order)
        if len(line) >= WHOLE:
            line = msgspec.json.encode(Order(everything=True))
        try:
            os.write(process.stdin.fileno(), line + b"\n")
        except (OSError, ValueError):
            self._missed = True
        else:
            self._missed = False

    def close(self) -> None:
        """End it."""
        self._closed.set()
        if (process := self._process) is not None:
            process.kill()
        self._thread.join()

    def _keep(self) -> None:
        pause = FIRST_PAUSE
        while not self._closed.is_set():
            with suppress(OSError, msgspec.DecodeError):
                self._listen()
            self._process = None
            was = self.report.progress
            self.report = Report(replace(was, ready=False), self.report.segments)
            pause = FIRST_PAUSE if was.ready else min(2 * pause, LONGEST_PAUSE)
            self._closed.wait(pause)

    def _listen(self) -> None:
        """Start it and hear all that it says, until it ends."""
        decoder = msgspec.json.Decoder(Report)
        with subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=os.path.abspath(os.sep),
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            os.set_blocking(process.stdin.fileno(), False)
            self._process = process
            if self._closed.is_set():
                process.kill()
            for line in process.stdout:
                self.report = decoder.decode(line)
