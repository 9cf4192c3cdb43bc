"""Lessons, and pairs of answers that they are made from, for tests."""

import msgspec
from task_sets import hole

from understudy_protocol.lesson import Evidence, Lesson, Rate, Scope
from understudy_trainer.lessons.pair import Pair


def pair(right: str, wrong: str, *, commit: str = "c0ffee", **changes: str) -> Pair:
    """Two answers to a hole that is a line of its own; `changes` are the hole's other fields."""
    parts = {"prefix": "def f(url, uri):\n    x = ", "suffix": "\n"} | changes
    return Pair(hole(right, **parts), right, wrong, commit)


def lesson(name: str = "timeout", **changes: object) -> Lesson:
    """That calls of `get` pass an argument of this name."""
    made = Lesson(
        heuristic=f"Calls of `get` here pass `{name}=`.",
        critique=f"An answer left `{name}=` out of a call of `get`.",
        scope=Scope("python", callee="get"),
        evidence=(Evidence("0123456789abcdef", "src/shop.py", "c0ffee"),),
        without=Rate(3, 16),
        informed=Rate(14, 16),
        night=1_700_000_000_000,
    )
    return msgspec.structs.replace(made, **changes)
