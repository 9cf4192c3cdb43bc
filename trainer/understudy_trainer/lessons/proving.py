"""A lesson is kept only if it makes answers better: MEL's validation by replay, made stricter.

MEL (arXiv 2602.10224, equation 6) asks the same question again with the lesson in the prompt, and
keeps the lesson if the answer is right. A small model is right by chance often enough for that to
keep lessons that say nothing. Here a lesson is tried on other holes than those it came from, if
there are any, as often with it as without, and an exact test decides: of lessons that make no
difference at most a share of `LEVEL` is kept, however good the model is and however many holes
there are.
"""

from collections.abc import Iterable, Sequence
from typing import Protocol

import msgspec

from understudy_protocol.lesson import Lesson, Rate, Scope
from understudy_protocol.lesson_choice import holds
from understudy_protocol.lesson_index import first_name
from understudy_protocol.spot import Spot, spot_of
from understudy_trainer.lessons.exact import Counts, chance
from understudy_trainer.lessons.leak import leaks
from understudy_trainer.repoworld.hole import Hole
from understudy_trainer.repoworld.verifier import verify

LEVEL = 0.02
"""Highest share of lessons without any effect that are kept. A night tries dozens, and one that
says nothing takes a line of every prompt that it holds at."""

STAYS = 0.2
"""The same for lessons that were proved before: a later night tries them on other holes, and one
that helps should not leave by bad luck."""

EACH = 8
"""Answers to a hole with the lesson, and as many without: MEL's eight."""

HOLES = 8
"""That a lesson is tried on at most; more would cost a night what other lessons need."""

ABOUT = 6
"""Of these, in what stands there one of the lesson's names is written: it may be right there, or
mislead. A name that every file imports is near every hole, and at most of them makes no
difference; the rest of the holes shows whether it does harm there."""


class Rollouts(Protocol):
    """Asks a model: fresh answers, drawn by chance. The lesson goes into the prompt as
    `lesson_choice.snippet_of` renders it."""

    def __call__(self, hole: Hole, lesson: str | None, count: int) -> Sequence[str]: ...


class Trial(msgspec.Struct, frozen=True):
    lesson: Lesson
    """With the rates that it reached."""
    holes: int
    """That it was tried on."""
    chance: float
    """That a lesson without any effect would have looked as good."""
    is_gone: bool = False
    """What it is about stands nowhere in the repository any more."""

    @property
    def is_kept(self) -> bool:
        return self.chance <= LEVEL

    @property
    def may_stay(self) -> bool:
        """If it was proved before: it helps as far as can be seen, or was tried nowhere although
        what it is about is there."""
        return not self.is_gone and (not self.holes or self.chance <= STAYS)


def tried(lesson: Lesson, holes: Iterable[Hole], *, rollouts: Rollouts, night: int) -> Trial:
    """The lesson tried on those of the holes that it holds at; `night` is in milliseconds since
    the epoch. A lesson that holds at none is not kept."""
    counts = [_counts(lesson, hole, rollouts) for hole in _tried_on(lesson, holes)]
    with_it = Rate(sum(each.passed for each in counts), sum(each.asked for each in counts))
    without = Rate(
        sum(each.passed_without for each in counts), sum(each.asked_without for each in counts)
    )
    proved = msgspec.structs.replace(lesson, without=without, informed=with_it, night=night)
    return Trial(proved, len(counts), chance(counts))


def spot_at(hole: Hole) -> Spot:
    """The hole as lessons see it: all that is known without its middle."""
    return spot_of(hole.prefix, hole.suffix, path=hole.path, language=hole.language)


def _tried_on(lesson: Lesson, holes: Iterable[Hole]) -> list[Hole]:
    """Those where it says something but not the answer; the ones it came from only if there are no
    others. Ids are hashes, so their order is as good as chance."""
    fit = {
        hole.id: hole
        for hole in holes
        if _is_named(lesson.scope, hole)
        and holds(lesson.scope, spot_at(hole))
        and not leaks(lesson.heuristic, hole.middle)
    }
    origins = {each.hole for each in lesson.evidence}
    others = sorted([id for id in fit if id not in origins] or fit)
    about = [id for id in others if _is_about(lesson.scope, fit[id])][:ABOUT]
    rest = [id for id in others if id not in about]
    return [fit[id] for id in [*about, *rest][:HOLES]]


def _is_about(scope: Scope, hole: Hole) -> bool:
    return any(first_name(name) in hole.middle for name in scope.names)


def _is_named(scope: Scope, hole: Hole) -> bool:
    """Whether a lesson of this scope can hold there at all: `spot_at` costs a hundred times as
    much, and there are thousands of holes."""
    names = (scope.callee,) if scope.callee else scope.names
    firsts = [first_name(name) for name in names]
    return not firsts or any(first in hole.prefix or first in hole.suffix for first in firsts)


def _counts(lesson: Lesson, hole: Hole, rollouts: Rollouts) -> Counts:
    informed = rollouts(hole, lesson.heuristic, EACH)
    without = rollouts(hole, None, EACH)
    return Counts(
        sum(verify(hole, each) for each in informed),
        len(informed),
        sum(verify(hole, each) for each in without),
        len(without),
    )
