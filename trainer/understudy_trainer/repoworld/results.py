"""What agents answered, a line of JSON each."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from understudy_trainer.json_lines import JsonLines, open_lines
from understudy_trainer.repoworld.agent import Answer
from understudy_trainer.repoworld.task_set import check_same


class Result(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    task_set: str
    """Hash."""
    agent: str
    hole: str
    """Id."""
    answer: Answer
    success: bool


@contextmanager
def open_results(path: Path, *, task_set: str) -> Generator[JsonLines[Result]]:
    """Goes on where the file ends.

    Raises ConfigError if it holds something else, results of another task set among it.
    """
    with open_lines(path, Result) as file:
        for result in file.known:
            check_same(result.task_set, task_set)
        yield file
