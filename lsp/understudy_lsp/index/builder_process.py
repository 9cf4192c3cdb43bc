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
            if self._listen():
                pause = FIRST_PAUSE
            self._closed.wait(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    def _listen(self) -> bool:
        """Start it and hear all that it says; whether it came to be ready."""
        decoder = msgspec.json.Decoder(Report)
        process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=os.path.abspath(os.sep),
        )
        assert process.stdin is not None
        assert process.stdout is not None
        os.set_blocking(process.stdin.fileno(), False)
        self._process = process
        if self._closed.is_set():
            process.kill()
        with process, suppress(msgspec.DecodeError, OSError):
            for line in process.stdout:
                self.report = decoder.decode(line)
        self._process = None
        was_ready = self.report.progress.ready
        self.report = Report(replace(self.report.progress, ready=False), self.report.segments)
        return was_ready
