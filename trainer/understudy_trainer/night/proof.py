"""The proof: base, parent and candidate asked the same holes, compared hole by hole."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec
import numpy as np

from understudy_trainer.curriculum.example import Example
from understudy_trainer.learn.losses import ExampleLoss
from understudy_trainer.night.record import Comparison, SetName
from understudy_trainer.repoworld.bootstrap import Numbers, by_cluster, ends, resampled
from understudy_trainer.repoworld.hole import Hole

NEW: tuple[SetName, ...] = ("new code", "new code, with snippets")

FEWEST_EARLIER = 20
"""Holes of earlier nights. On fewer, one that is lost looks like a night that forgot much."""

Sets = Mapping[SetName, Sequence[Example]]

Losses = Mapping[SetName, Sequence[ExampleLoss]]
"""Of one arm, in the order of the holes."""


class Proved(msgspec.Struct, frozen=True):
    comparisons: tuple[Comparison, ...]
    overall: Comparison
    """New code, without and with snippets together; a hole is drawn with both of its answers."""
    forgotten: float
    """Share by which the loss on holes of earlier nights is above the parent's; 0 if there are
    none."""
    forgotten_of_other: float
    """The same for other code, against the base model."""
    forgetting: float
    """Nats a token, on earlier holes and other code together, against the parent."""
    places: int
    """That the holes of new code are of."""
    forgotten_since: float | None = None
    """The same for holes of earlier nights, against what their loss was when they had just been
    learned; None if there are too few to say."""


class Forgotten(NamedTuple):
    """See the fields of `Proved`."""

    earlier: float
    since: float | None
    other: float


def prove(
    sets: Sets,
    *,
    base: Losses,
    parent: Losses,
    candidate: Losses,
    first: Sequence[float] = (),
) -> Proved:
    """`first` are the nats of earlier holes when they had just been learned."""
    arms = (base, parent, candidate)
    tables: dict[SetName, Numbers] = {name: _table([arm[name] for arm in arms]) for name in sets}
    places: dict[SetName, list[int]] = {name: places_of(each) for name, each in sets.items()}
    comparisons = [
        _comparison(name, table, places[name]) for name, table in tables.items() if len(table)
    ]
    by_name = {each.name: each for each in comparisons}
    new: list[SetName] = [name for name in NEW if name in tables]
    both = [tables[name] for name in new]
    overall = np.sum(both, axis=0) if len({len(each) for each in both}) == 1 else both[0]
    earlier, other = by_name.get("earlier holes"), by_name.get("other code")
    old: list[SetName] = [each.name for each in (earlier, other) if each]
    forgetting = 0.0
    if old:
        of_old = places_of([hole for name in old for hole in sets[name]])
        together = np.concatenate([tables[name] for name in old])
        forgetting = -_comparison("other code", together, of_old).gain
    kept = forgotten(base=base, parent=parent, candidate=candidate, first=first)
    return Proved(
        comparisons=tuple(comparisons),
        overall=_comparison("new code", overall, places[new[0]]),
        forgotten=kept.earlier,
        forgotten_of_other=kept.other,
        forgetting=forgetting,
        places=len(set(places[new[0]])),
        forgotten_since=kept.since,
    )


def forgotten(
    *, base: Losses, parent: Losses, candidate: Losses, first: Sequence[float] = ()
) -> Forgotten:
    """Of the arms' losses on earlier holes and on other code; new code is not looked at."""
    earlier, other = _nats(candidate, "earlier holes"), _nats(candidate, "other code")
    since = None
    if sum(first) and len(candidate["earlier holes"]) >= FEWEST_EARLIER:
        since = earlier / sum(first) - 1
    return Forgotten(
        earlier=_risen(earlier, _nats(parent, "earlier holes")),
        since=since,
        other=_risen(other, _nats(base, "other code")),
    )


def _nats(arm: Losses, name: SetName) -> float:
    return sum(each.nats for each in arm.get(name, ()))


def _risen(now: float, before: float) -> float:
    return now / before - 1 if before else 0.0


def places_of(holes: Sequence[Example] | Sequence[Hole]) -> list[int]:
    """The number of each hole's place, counted from 0. Holes whose lines overlap are of one place:
    the call, the value, the line and the body around it are right or wrong together."""
    found = [0] * len(holes)
    spans = sorted((_span(hole), at) for at, hole in enumerate(holes))
    number, file, end = -1, None, -1
    for (each, first, last), at in spans:
        if each != file or first > end:
            number, file, end = number + 1, each, last
        found[at], end = number, max(end, last)
    return found


def _span(hole: Example | Hole) -> tuple[tuple[str, str], int, int]:
    """The file as it was then, and the first and last line."""
    commit = hole.commit if isinstance(hole, Example) else ""
    first = hole.prefix.count("\n")
    return (commit, hole.path), first, first + hole.middle.rstrip("\n").count("\n")


def task_set_hash(sets: Sets) -> str:
    """16 hexadecimal digits of all that is asked."""
    told = hashlib.sha256()
    for name, examples in sorted(sets.items()):
        told.update(f"\n{name}".encode())
        for example in examples:
            told.update(example.id.encode())
    return told.hexdigest()[:16]


def _table(arms: Sequence[Sequence[ExampleLoss]]) -> Numbers:
    """A row for each hole: tokens, then the nats of each arm."""
    rows = [[each[0].tokens, *(loss.nats for loss in each)] for each in zip(*arms, strict=True)]
    return np.array(rows, dtype=np.float64).reshape(-1, 1 + len(arms))


def _comparison(name: SetName, table: Numbers, places: Sequence[int]) -> Comparison:
    if not table[:, 0].sum():
        return Comparison(name, len(table), 0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    tokens, base, parent, candidate = table.sum(axis=0)
    draws = resampled(by_cluster(table, places))
    low, high = ends((draws[:, 2] - draws[:, 3]) / np.maximum(draws[:, 0], 1))
    return Comparison(
        name=name,
        holes=len(table),
        tokens=int(tokens),
        base=float(base / tokens),
        parent=float(parent / tokens),
        candidate=float(candidate / tokens),
        gain=float((parent - candidate) / tokens),
        low=low,
        high=high,
    )
