"""The proof: base, parent and candidate asked the same holes, compared hole by hole."""

import hashlib
from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from understudy_trainer.curriculum.example import Example
from understudy_trainer.learn.losses import ExampleLoss
from understudy_trainer.night.record import Comparison, SetName
from understudy_trainer.repoworld.bootstrap import Numbers, ends, resampled

NEW: tuple[SetName, ...] = ("new code", "new code, with snippets")

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


def prove(sets: Sets, *, base: Losses, parent: Losses, candidate: Losses) -> Proved:
    arms = (base, parent, candidate)
    tables: dict[SetName, Numbers] = {name: _table([arm[name] for arm in arms]) for name in sets}
    comparisons = [_comparison(name, table) for name, table in tables.items() if len(table)]
    by_name = {each.name: each for each in comparisons}
    both = [tables[name] for name in NEW if name in tables]
    overall = np.sum(both, axis=0) if len({len(each) for each in both}) == 1 else both[0]
    earlier, other = by_name.get("earlier holes"), by_name.get("other code")
    kept = [tables[each.name] for each in (earlier, other) if each]
    return Proved(
        comparisons=tuple(comparisons),
        overall=_comparison("new code", overall),
        forgotten=earlier.candidate / earlier.parent - 1 if earlier and earlier.parent else 0.0,
        forgotten_of_other=other.candidate / other.base - 1 if other and other.base else 0.0,
        forgetting=-_comparison("other code", np.concatenate(kept)).gain if kept else 0.0,
    )


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


def _comparison(name: SetName, table: Numbers) -> Comparison:
    if not table[:, 0].sum():
        return Comparison(name, len(table), 0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    tokens, base, parent, candidate = table.sum(axis=0)
    draws = resampled(table)
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
