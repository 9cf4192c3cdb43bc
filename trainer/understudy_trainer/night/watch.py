"""What a night says of itself while it goes: bars in a terminal, plain lines elsewhere."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import NamedTuple, Protocol

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)


class Done(Protocol):
    def __call__(
        self, done: int, total: int, text: str = "", *, loss: float | None = None
    ) -> None: ...


class Watch(NamedTuple):
    stage: Callable[[str], None]
    """A stage begins; the one before is over."""
    done: Done
    """So many of so many of the stage; `text` says of what, or how well it goes. `loss` is for
    programs."""
    note: Callable[[str], None]
    """A sentence that must not be overlooked."""


@contextmanager
def watching(console: Console) -> Generator[Watch]:
    if console.is_terminal and not console.is_dumb_terminal:
        with _progress(console) as bars:
            yield _bars(bars)
    else:
        yield _lines(console)


def silent() -> Watch:
    def say(text: str) -> None:
        pass

    def done(done: int, total: int, text: str = "", *, loss: float | None = None) -> None:
        pass

    return Watch(stage=say, done=done, note=say)


PARTS = 10
"""Lines for a stage, at most, where there is no terminal: they go to a log."""


def _progress(console: Console) -> Progress:
    # Nothing of it is markup: a name may hold brackets.
    return Progress(
        SpinnerColumn(finished_text="✓"),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        TextColumn("{task.fields[told]}", markup=False),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
    )


def _bars(bars: Progress) -> Watch:
    at: list[TaskID] = []

    def stage(name: str) -> None:
        for task in at:
            bars.update(task, total=1, completed=1, told="")
        at[:] = [bars.add_task(name, total=None, told="")]

    def done(done: int, total: int, text: str = "", *, loss: float | None = None) -> None:
        if not at:
            stage("")
        bars.update(at[0], completed=done, total=total, told=_told(done, total, text))

    def note(text: str) -> None:
        bars.console.print(text, markup=False, soft_wrap=True)

    return Watch(stage, done, note)


def _lines(console: Console) -> Watch:
    said = [""]
    """The line that was printed last, without its details."""
    name = [""]

    def say(text: str) -> None:
        console.print(text, markup=False, soft_wrap=True)

    def stage(stage: str) -> None:
        name[0] = said[0] = stage
        say(stage)

    def done(done: int, total: int, text: str = "", *, loss: float | None = None) -> None:
        # Texts begin with a word of what is counted, and go on with figures that always change.
        part = f"{name[0]} {text.partition(' ')[0]} {PARTS * done // max(total, 1)}"
        if part != said[0]:
            said[0] = part
            say(f"{name[0]}: {_told(done, total, text)}")

    return Watch(stage, done, say)


def _told(done: int, total: int, text: str) -> str:
    return f"{done:,} of {total:,}{', ' if text else ''}{text}"
