"""Mistakes of ours, for the log: what kind and in which line, and never an error's own words, which
may hold code or names of files."""

import asyncio
import logging
import traceback
from pathlib import Path
from typing import Any

OURS = Path(__file__).parent

log = logging.getLogger(__name__)


def report(what: str, error: BaseException) -> None:
    log.error("%s: %s%s", what, type(error).__name__, _place(error))


def report_failure(task: asyncio.Task[Any]) -> None:
    """For tasks that nobody waits for, as `task.add_done_callback` takes it."""
    if not task.cancelled() and (error := task.exception()) is not None:
        report("a task in the background failed", error)


def report_in_loop(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """For errors that nobody caught, as `loop.set_exception_handler` takes it."""
    if isinstance(error := context.get("exception"), BaseException):
        report("something in the event loop failed", error)


def _place(error: BaseException) -> str:
    """The last line of ours that the error came through."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(OURS)]
    return f" in {Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else ""
