"""The log: lines on stderr, which editors show in a window of their own."""

import logging
import os
import threading
from contextlib import suppress
from queue import Full, Queue

FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"

LINES = 1000
"""That wait to be written; more are lost, because nobody reads them."""

LAST_S = 1.0
"""How long the end waits for the last lines."""


def log_to_stderr() -> None:
    """In the place of what the command line set up."""
    logging.basicConfig(format=FORMAT, handlers=[_Stderr()], force=True)
    logging.getLogger("understudy_lsp").setLevel(logging.INFO)  # why a suggestion was hidden
    logging.getLogger("pygls").setLevel(logging.CRITICAL)  # it logs what people type


class _Stderr(logging.Handler):
    """A thread writes, not the event loop: of an editor that does not read, the pipe fills up."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: Queue[str | None] = Queue(LINES)
        self._thread = threading.Thread(target=self._write, name="log", daemon=True)
        self._thread.start()

    def emit(self, record: logging.LogRecord) -> None:
        with suppress(Full):
            self._lines.put_nowait(self.format(record))

    def close(self) -> None:
        with suppress(Full):
            self._lines.put_nowait(None)
            self._thread.join(LAST_S)
        super().close()

    def _write(self) -> None:
        with suppress(OSError):
            while (line := self._lines.get()) is not None:
                # Not through `sys.stderr`, whose lock the interpreter's end would wait for.
                os.write(2, f"{line}\n".encode(errors="backslashreplace"))
