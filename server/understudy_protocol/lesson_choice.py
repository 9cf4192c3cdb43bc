"""Which lessons hold at a place, and how they stand in a prompt.

A lesson goes into a prompt as a snippet: comment lines under the path of the file that is being
written. That is a form that prompts have already, so whoever asks the gateway can add it, and
`understudy_protocol.fim` decides under the budget whether it fits.
"""

from collections.abc import Sequence

from understudy_protocol.comments import comment_leader
from understudy_protocol.completion import Snippet
from understudy_protocol.lesson import Lesson, Scope
from understudy_protocol.lesson_index import LessonIndex, first_name, near, worth
from understudy_protocol.spot import Spot

MOST = 3
"""Lessons in a prompt. Each takes a line from what else could stand there."""


def chosen(index: LessonIndex, spot: Spot) -> list[Lesson]:
    """At most `MOST` that hold at the place: those of the very call first, then those that helped
    more.

    They come in the order of how much they helped, wherever the place is: which of them is about
    the call changes while a line is typed, and must not move the others in the prompt.
    """
    called: list[Lesson] = []
    others: list[Lesson] = []
    for lesson in near(index, spot):
        group = called if _is_called(lesson.scope.callee, spot) else others
        if len(group) < MOST and holds(lesson.scope, spot):
            group.append(lesson)
    return sorted([*called, *others][:MOST], key=worth)


def holds(scope: Scope, spot: Spot) -> bool:
    """Whether a lesson of this scope says something about the place."""
    if scope.language != spot.language.removesuffix("react"):
        return False
    if scope.path and not spot.path.startswith(scope.path + "/"):
        return False
    if scope.callee and not _is_called(scope.callee, spot) and not _is_near(scope.callee, spot):
        return False
    return not scope.names or any(_is_near(name, spot) for name in scope.names)


def snippet_of(heuristics: Sequence[str], *, path: str) -> Snippet | None:
    """What `chosen` gave, for a prompt in the file at `path`; None if it gave nothing."""
    leader = comment_leader(path)
    lines = [line for text in heuristics for line in text.split("\n")]
    if not lines:
        return None
    text = "".join(f"{leader} {line}\n" for line in lines)
    return Snippet(path=path, text=text, stable=True)


def _is_called(callee: str, spot: Spot) -> bool:
    return bool(callee) and (spot.callee == callee or spot.callee.endswith(f".{callee}"))


def _is_near(name: str, spot: Spot) -> bool:
    return first_name(name) in spot.names
