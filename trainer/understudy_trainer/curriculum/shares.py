"""Many people, of whom nobody teaches more than all others together."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

T = TypeVar("T")

Person = Callable[[T], str | None]
"""Whose it is. Who asks without a name, at their own machine, counts as one person."""


def fair(items: Sequence[T], person: Person[T]) -> list[T]:
    """Less the oldest of whoever has more than all others, unless there are no others."""
    counts = Counter(map(person, items))
    if len(counts) < 2:
        return list(items)
    ((name, most),) = counts.most_common(1)
    return _newest_of(items, person, {name: len(items) - most})


def newest(items: Sequence[T], person: Person[T], *, most: int) -> list[T]:
    """At most so many, less the oldest of those who have the most."""
    if len(items) <= most:
        return list(items)
    counts = Counter(map(person, items))
    return _newest_of(items, person, _level(counts, most))


def _level(counts: Counter[str | None], most: int) -> dict[str | None, int]:
    """As if water were poured in: everybody up to one level, the few that are left over go to
    those who would have more."""
    left, allowed = most, dict[str | None, int]()
    rising = sorted(counts.items(), key=lambda item: (item[1], item[0] or ""))
    for number, (name, count) in enumerate(rising):
        allowed[name] = min(count, left // (len(rising) - number))
        left -= allowed[name]
    return allowed


def _newest_of(items: Iterable[T], person: Person[T], allowed: dict[str | None, int]) -> list[T]:
    counts: dict[str | None, int] = defaultdict(int)
    chosen: list[T] = []
    for each in reversed(list(items)):
        name = person(each)
        counts[name] += 1
        if name not in allowed or counts[name] <= allowed[name]:
            chosen.append(each)
    return chosen[::-1]
