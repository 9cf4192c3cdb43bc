"""What tests said of holes and candidates, a line of JSON each."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from understudy_trainer.json_lines import JsonLines, open_lines
from understudy_trainer.repoworld.task_set import check_same


class Verdict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    task_set: str
    """Hash."""
    hole: str
    """Id."""
    candidate: str | None
    """As it was put in its place; None if this is of the hole itself."""
    passed: bool
    """Whether tests pass with the candidate. Of a hole: whether there are tests that tell right
    from wrong there."""
    why: str = ""
    """Of a hole: why tests tell nothing."""


@contextmanager
def open_verdicts(path: Path, *, task_set: str) -> Generator[JsonLines[Verdict]]:
    """Goes on where the file ends.

    Raises ConfigError if it holds something else, verdicts on another task set among it.
    """
    with open_lines(path, Verdict) as file:
        for verdict in file.known:
            check_same(verdict.task_set, task_set)
        yield file
