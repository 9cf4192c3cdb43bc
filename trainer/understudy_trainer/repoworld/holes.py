"""Holes across time: cut only from lines that nobody had written before the cut.

A line is new if its text, without the blanks around it, stands in no file at the cut. The middle of
a hole lies in such lines, so whoever learned everything up to the cut has not seen it.
"""

import random
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Protocol

from understudy_protocol.languages import language_of
from understudy_trainer.repoworld.files import files_at
from understudy_trainer.repoworld.hole import Hole
from understudy_trainer.repoworld.kinds.holes import holes_in
from understudy_trainer.repoworld.left_out import reason_to_leave_out
from understudy_trainer.repoworld.worlds import World, check_order


class Place(Protocol):
    @property
    def kind(self) -> str: ...
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...


Places = Callable[[str, str], Sequence[Place]]
"""From a text and its language to the places where holes can be cut."""


def new_holes(
    world: World,
    cut: str,
    until: str,
    *,
    per_kind: int,
    seed: int,
    places: Places = holes_in,
) -> list[Hole]:
    """At most `per_kind` holes of each kind, drawn at random from the files at `until`; no two of
    a kind have the same line and middle. In order of kind, path and place.

    Raises ConfigError if a commit is not there, or `until` does not follow the cut.
    """
    check_order(world, cut, until)
    known = _known_lines(files_at(world, cut).texts.values())
    candidates: dict[str, dict[tuple[str, str], Hole]] = {}
    for path, text in learnable_files(world, until).items():
        for hole in _holes_of(world, path, text, known=known, places=places):
            # The first of equal ones stays: a line that was added ten times is one question.
            candidates.setdefault(hole.kind, {}).setdefault(key_of(hole), hole)
    chosen: list[Hole] = []
    for kind, holes in sorted(candidates.items()):
        dice = random.Random(f"{seed} {world.name} {kind}")
        drawn = dice.sample(list(holes.values()), min(per_kind, len(holes)))
        chosen += sorted(drawn, key=lambda hole: (hole.path, len(hole.prefix)))
    return chosen


def learnable_files(world: World, cut: str) -> dict[str, str]:
    """What may be learned at the cut: path → text of what people typed, nothing from after it."""
    texts = files_at(world, cut).texts
    return {path: text for path, text in texts.items() if not reason_to_leave_out(path, text)}


def key_of(hole: Hole) -> tuple[str, str]:
    """What is asked, wherever it stands: the lines of the middle without blanks around them, and
    the middle."""
    start, end = hole.prefix.rpartition("\n")[2], hole.suffix.partition("\n")[0]
    return (start + hole.middle + end).strip(), hole.middle


def _holes_of(
    world: World, path: str, text: str, *, known: set[str], places: Places
) -> Iterator[Hole]:
    language = language_of(path)
    lines = text.split("\n")
    is_new = [bool(line.strip()) and line.strip() not in known for line in lines]
    if language is None or not any(is_new):
        return
    starts = [0, *accumulate(len(line) + 1 for line in lines)]
    for place in places(text, language):
        first = bisect_right(starts, place.start) - 1
        last = bisect_right(starts, max(place.start, place.end - 1)) - 1
        # Blank lines within a body are nobody's.
        span = [at for at in range(first, last + 1) if lines[at].strip()]
        if span and all(is_new[at] for at in span):
            yield Hole(
                world=world.name,
                kind=place.kind,
                path=path,
                language=language,
                prefix=text[: place.start],
                middle=text[place.start : place.end],
                suffix=text[place.end :],
            )


def _known_lines(texts: Iterable[str]) -> set[str]:
    return {line.strip() for text in texts for line in text.split("\n")}
