"""What goes into the steps of a night: rows of new examples, and of replayed ones among them."""

import math
from collections.abc import Sequence
from random import Random
from typing import NamedTuple

from understudy_trainer.curriculum.example import Example
from understudy_trainer.learn.checkpoint import Position
from understudy_trainer.learn.packing import Row, pad
from understudy_trainer.learn.rendering import Form, render
from understudy_trainer.learn.replay import Replay
from understudy_trainer.learn.settings import LearnerSettings

SMALLEST_EXAMPLE = 160
"""Tokens. The last example of a row is rendered into what is left of it, if that is no less."""


class StepRow(NamedTuple):
    row: Row
    replayed: bool


class Source:
    """Rows without end: all a function of the seed and of how many were drawn before."""

    def __init__(
        self,
        examples: Sequence[Example],
        replay: Replay,
        form: Form,
        settings: LearnerSettings,
        *,
        seed: int,
    ) -> None:
        self._settings = settings
        self._form = form
        self._new = Shuffled(examples, f"{seed} new")
        self._old = Shuffled(replay.old, f"{seed} old")
        self._anchors = Shuffled(replay.anchors, f"{seed} anchors")
        self._share = settings.replay_share if replay.old or replay.anchors else 0.0

    def next_step(self, at: Position) -> list[StepRow]:
        """The rows of a step; moves the position on."""
        return [self._next_row(at) for _ in range(self._settings.rows_per_step)]

    def _next_row(self, at: Position) -> StepRow:
        replayed = _falls_on(at.rows, self._share)
        draw = self._draw_replayed if replayed else self._draw_new
        row = Row()
        tries = 0
        while tries < len(self._new):
            room = self._settings.row_tokens - len(row.ids)
            if room < SMALLEST_EXAMPLE:
                break
            budget = min(room, self._settings.example_tokens)
            drawn = (at.new, at.old, at.anchors, at.replayed)
            example = draw(at)
            item = render(example, self._form, repository=self._settings.repository, budget=budget)
            if item is None:
                if budget < self._settings.example_tokens:
                    # It has no place in a row that is nearly full; in the next it has.
                    at.new, at.old, at.anchors, at.replayed = drawn
                    break
                at.too_long += 1
                tries += 1
                continue
            row.put(item, around=around(item.unit, self._settings))
            at.units[item.unit] = at.units.get(item.unit, 0) + 1
        at.rows += 1
        at.tokens += len(row.ids)
        at.counted += len(row.middles)
        return StepRow(pad(row, self._settings.row_tokens), replayed)

    def _draw_new(self, at: Position) -> Example:
        at.new += 1
        return self._new[at.new - 1]

    def _draw_replayed(self, at: Position) -> Example:
        anchor = _falls_on(at.replayed, self._settings.anchor_share)
        at.replayed += 1
        if len(self._anchors) and (anchor or not len(self._old)):
            at.anchors += 1
            return self._anchors[at.anchors - 1]
        at.old += 1
        return self._old[at.old - 1]


class Shuffled:
    """Examples again and again, in a new order each time."""

    def __init__(self, examples: Sequence[Example], seed: str) -> None:
        self._examples = examples
        self._seed = seed
        self._pass = -1
        self._order: list[int] = []

    def __len__(self) -> int:
        return len(self._examples)

    def __getitem__(self, number: int) -> Example:
        wanted, place = divmod(number, len(self._examples))
        if wanted != self._pass:
            self._pass = wanted
            self._order = list(range(len(self._examples)))
            Random(f"{self._seed} {wanted}").shuffle(self._order)
        return self._examples[self._order[place]]


def around(unit: str, settings: LearnerSettings) -> float:
    """Weight of the text around a middle. What people had on their screens may hold what is held
    out tonight; a made-up line says nothing of the text around it."""
    return 0.0 if unit in ("experience", "lessons") else settings.around


def tokens_of(examples: Sequence[Example], form: Form, settings: LearnerSettings) -> int:
    """About how many tokens the examples have together, from the first hundred by id."""
    sample = sorted(examples, key=lambda example: example.id)[:100]
    sizes = [
        len(made.ids)
        for example in sample
        if (
            made := render(
                example, form, repository=settings.repository, budget=settings.example_tokens
            )
        )
    ]
    return round(sum(sizes) * len(examples) / len(sample)) if sample else 0


def _falls_on(number: int, share: float) -> bool:
    """Spreads a share evenly: of the first n numbers, share · n are chosen."""
    return math.floor((number + 1) * share) > math.floor(number * share)
