"""Held-out lines as the parent and as the candidate write them: for people to look at."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from understudy_trainer.curriculum.example import Example
from understudy_trainer.learn.checkpoint import number_type
from understudy_trainer.learn.greedy import answers
from understudy_trainer.night.arms import Arms
from understudy_trainer.night.record import BeforeAfter, InEditor
from understudy_trainer.repoworld.hole import Hole

MOST_ASKED = 60
SHOWN = 10
LINES = 6
"""Of the prefix that are shown."""


class Told(msgspec.Struct, frozen=True):
    samples: tuple[BeforeAfter, ...]
    asked: int
    exact_before: int
    exact_after: int


def before_and_after(
    holes: Sequence[Hole],
    examples: Sequence[Example],
    arms: Arms,
    *,
    before: Path | None,
    after: Path | None,
) -> Told:
    """`examples` are the holes as they are asked. Only those of one line count."""
    pairs = [
        (hole, example) for hole, example in zip(holes, examples, strict=True) if is_line(hole)
    ][:MOST_ASKED]
    asked = [example for _, example in pairs]
    old, new = (
        answers(
            asked,
            base=arms.base,
            adapter=adapter,
            repository=arms.repository,
            numbers=number_type(arms.numbers),
        )
        for adapter in (before, after)
    )
    told = [
        _told(hole, without_rest(one, hole.suffix), without_rest(other, hole.suffix), "model")
        for (hole, _), one, other in zip(pairs, old, new, strict=True)
    ]
    before_right, after_right = _exact(told)
    return Told(
        samples=_shown(told),
        asked=len(told),
        exact_before=before_right,
        exact_after=after_right,
    )


def answers_in_editor(
    lines: Sequence[Hole],
    before: Mapping[str, str],
    after: Mapping[str, str],
    *,
    beside: Sequence[BeforeAfter],
) -> tuple[InEditor, tuple[BeforeAfter, ...]]:
    """What the language server answered, by the ids of holes, for those that were asked twice. Of
    `beside`, what the model itself answered, others are shown if they tell more."""
    told = [
        _told(hole, _line(before[hole.id]), _line(after[hole.id]), "language server")
        for hole in lines
        if hole.id in before and hole.id in after
    ]
    asked = {(each.path, each.prefix, each.middle) for each in told}
    others = [each for each in beside if (each.path, each.prefix, each.middle) not in asked]
    return InEditor(len(told), *_exact(told)), _shown([*told, *others])


def is_line(hole: Hole) -> bool:
    return "\n" not in hole.middle


def right(answer: str, middle: str) -> bool:
    return answer.rstrip() == middle.rstrip()


def without_rest(answer: str, suffix: str) -> str:
    """An answer goes to the end of its line; what stands behind the cursor already is not shown
    twice, as in the language server."""
    rest = suffix.partition("\n")[0].strip()
    return answer.rstrip().removesuffix(rest) if rest else answer


def _told(
    hole: Hole, before: str, after: str, through: Literal["language server", "model"]
) -> BeforeAfter:
    return BeforeAfter(
        path=hole.path,
        kind=hole.kind,
        prefix="\n".join(hole.prefix.split("\n")[-LINES:]),
        middle=hole.middle,
        before=before,
        after=after,
        through=through,
    )


def _exact(told: Sequence[BeforeAfter]) -> tuple[int, int]:
    """How many were right before, and after."""
    return (
        sum(right(each.before, each.middle) for each in told),
        sum(right(each.after, each.middle) for each in told),
    )


def _shown(told: Sequence[BeforeAfter]) -> tuple[BeforeAfter, ...]:
    return tuple(sorted(told, key=_interest)[:SHOWN])


def _line(text: str) -> str:
    return text.partition("\n")[0]


def _interest(each: BeforeAfter) -> int:
    """What became right, what became wrong, what changed, what stayed right, the rest."""
    was, now = right(each.before, each.middle), right(each.after, each.middle)
    if was != now:
        return 0 if now else 1
    return 2 if each.before != each.after else 3 if now else 4
