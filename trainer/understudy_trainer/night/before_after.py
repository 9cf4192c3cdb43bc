"""Held-out lines as the parent and as the candidate write them: for people to look at."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from understudy_trainer.curriculum.example import Example
from understudy_trainer.learn.greedy import answers
from understudy_trainer.night.arms import Arms
from understudy_trainer.night.record import BeforeAfter
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
        (hole, example)
        for hole, example in zip(holes, examples, strict=True)
        if "\n" not in hole.middle
    ][:MOST_ASKED]
    asked = [example for _, example in pairs]
    old, new = (
        answers(asked, base=arms.base, adapter=adapter, repository=arms.repository)
        for adapter in (before, after)
    )
    told = [
        BeforeAfter(
            path=hole.path,
            kind=hole.kind,
            prefix="\n".join(hole.prefix.split("\n")[-LINES:]),
            middle=hole.middle,
            before=without_rest(one, hole.suffix),
            after=without_rest(other, hole.suffix),
            through="model",
        )
        for (hole, _), one, other in zip(pairs, old, new, strict=True)
    ]
    return Told(
        samples=tuple(sorted(told, key=_interest)[:SHOWN]),
        asked=len(told),
        exact_before=sum(right(each.before, each.middle) for each in told),
        exact_after=sum(right(each.after, each.middle) for each in told),
    )


def right(answer: str, middle: str) -> bool:
    return answer.rstrip() == middle.rstrip()


def without_rest(answer: str, suffix: str) -> str:
    """An answer goes to the end of its line; what stands behind the cursor already is not shown
    twice, as in the language server."""
    rest = suffix.partition("\n")[0].strip()
    return answer.rstrip().removesuffix(rest) if rest else answer


def _interest(each: BeforeAfter) -> int:
    """What became right, what became wrong, what changed, what stayed right, the rest."""
    was, now = right(each.before, each.middle), right(each.after, each.middle)
    if was != now:
        return 0 if now else 1
    return 2 if each.before != each.after else 3 if now else 4
