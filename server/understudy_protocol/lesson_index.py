"""Many lessons, so that those that may hold at a place are found without looking at each.

A request that is answered within milliseconds has no time to go through all that nights learned.
"""

from collections.abc import Iterable, Iterator

import msgspec

from understudy_protocol.lesson import Lesson, Scope
from understudy_protocol.spot import Spot

ANYWHERE = ""
"""Stands for the name of a scope that asks for none."""


class LessonIndex(msgspec.Struct, frozen=True):
    lessons: tuple[Lesson, ...] = ()
    """Those that helped more before others."""
    places: dict[str, dict[str, tuple[int, ...]]] = {}
    """Of those in `lessons`, by their language, without `react` at its end, and by the first name
    of what must stand near."""


def index_of(lessons: Iterable[Lesson]) -> LessonIndex:
    """The same lessons in whatever order give the same index."""
    ordered = tuple(sorted(lessons, key=worth))
    places: dict[str, dict[str, tuple[int, ...]]] = {}
    for place, lesson in enumerate(ordered):
        by_name = places.setdefault(lesson.scope.language, {})
        for name in set(_keys(lesson.scope)):
            by_name[name] = (*by_name.get(name, ()), place)
    return LessonIndex(ordered, places)


def near(index: LessonIndex, spot: Spot) -> Iterator[Lesson]:
    """Every lesson that holds at the place, each once, and a few that do not; in their order."""
    by_name = index.places.get(spot.language.removesuffix("react"), {})
    # A lesson about a call names the end of what is called there.
    names = spot.names.union(spot.callee.replace("::", ".").split("."), (ANYWHERE,))
    found = {place for name in by_name.keys() & names for place in by_name[name]}
    return (index.lessons[place] for place in sorted(found))


def worth(lesson: Lesson) -> tuple[float, str]:
    """Sorts those that helped more before others."""
    with_it, without = lesson.informed.share or 0.0, lesson.without.share or 0.0
    return without - with_it, lesson.id


def first_name(dotted: str) -> str:
    """What of a dotted name is imported or in scope."""
    return dotted.replace("::", ".").partition(".")[0]


def _keys(scope: Scope) -> Iterator[str]:
    if scope.callee:
        yield first_name(scope.callee)
    else:
        yield from map(first_name, scope.names or (ANYWHERE,))
