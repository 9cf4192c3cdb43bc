"""Which lessons hold at a place, and how they stand in a prompt.

A lesson goes into a prompt as a snippet: comment lines under the path of the file that is being
written. That is a form that prompts have already, so whoever asks the gateway can add it, and
`understudy_protocol.fim` decides under the budget whether it fits. It is stable: the same place
gives the same lessons while a line is typed, so the engine's prefix cache holds.
"""

from collections.abc import Iterable, Sequence

from understudy_protocol.comments import comment_leader
from understudy_protocol.completion import Snippet
from understudy_trainer.lessons.lesson import Lesson, Scope
from understudy_trainer.lessons.spot import Spot

MOST = 3
"""Lessons in a prompt. Each takes a line from what else could stand there."""


def chosen(lessons: Iterable[Lesson], spot: Spot) -> list[Lesson]:
    """At most `MOST` that hold at the place: those of the very call first, then those that helped
    more. The same lessons in whatever order give the same choice."""
    ranked = sorted(
        (_rank(lesson, spot), lesson.id, lesson) for lesson in lessons if holds(lesson.scope, spot)
    )
    return [lesson for *_, lesson in ranked[:MOST]]


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


def _rank(lesson: Lesson, spot: Spot) -> tuple[bool, float]:
    with_it, without = lesson.informed.share or 0.0, lesson.without.share or 0.0
    return not _is_called(lesson.scope.callee, spot), without - with_it


def _is_called(callee: str, spot: Spot) -> bool:
    return bool(callee) and (spot.callee == callee or spot.callee.endswith(f".{callee}"))


def _is_near(name: str, spot: Spot) -> bool:
    """The first part of a dotted name is what is imported or in scope."""
    return name.replace("::", ".").partition(".")[0] in spot.names
