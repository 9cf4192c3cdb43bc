"""Suggestions for the page, chosen by a rule and not by taste."""

from collections.abc import Iterable, Sequence
from itertools import takewhile

import msgspec

from understudy_trainer.backtest.figures import Figures
from understudy_trainer.backtest.tally import Backtest, Sight

EACH = 5

RULE = (
    "Nobody has chosen them. Those that were taken are put in order by the characters that were "
    "taken, and the ones at a tenth, three tenths, half, seven and nine tenths of the order are "
    "here. Of those of which nothing was taken and whose text is wrong, the ones that stood "
    "longest are here. A file comes a second time only when there is no other, and the same "
    "suggestion never does."
)


class Example(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    path: str
    commit: str
    at: int
    sight: Sight

    @property
    def agrees(self) -> int:
        """Characters that are as they were written."""
        pairs = zip(self.sight.text, self.sight.truth, strict=False)
        return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


class Examples(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    taken: tuple[Example, ...]
    """At most `EACH`."""
    wrong: tuple[Example, ...]
    """At most `EACH`."""


def examples(backtest: Backtest, figures: Figures) -> Examples:
    """Of the arm that the headline is about."""
    shown = [
        Example(tally.path, tally.commit, tally.at, sight)
        for tally in backtest.tallies
        if tally.arm == figures.main
        for sight in tally.sights
    ]
    taken = _distinct(sorted((each for each in shown if each.sight.taken > 0), key=_taken_order))
    wrong = _distinct(sorted((each for each in shown if _is_wrong(each)), key=_wrong_order))
    return Examples(taken=tuple(_across(taken)), wrong=tuple(_in_turn(wrong)))


def _distinct(ordered: Iterable[Example]) -> list[Example]:
    """The first of those that suggest the same where the same is written."""
    first: dict[tuple[str, str], Example] = {}
    for each in ordered:
        first.setdefault((each.sight.text, each.sight.truth), each)
    return list(first.values())


def _is_wrong(example: Example) -> bool:
    """It leaves what is written, not only ends before or behind its end."""
    sight = example.sight
    return sight.taken == 0 and (
        not sight.truth or example.agrees < min(len(sight.text), len(sight.truth))
    )


def _taken_order(example: Example) -> tuple[int, str, str, str]:
    return example.sight.taken, example.path, example.commit, example.sight.text


def _wrong_order(example: Example) -> tuple[int, str, str, str]:
    return -example.sight.dwell_ms, example.path, example.commit, example.sight.text


def _across(ordered: Sequence[Example]) -> Iterable[Example]:
    """At equal distances in the order; the nearest one of a file that is not there yet."""
    chosen: list[int] = []
    for number in range(min(EACH, len(ordered))):
        middle = (2 * number + 1) * len(ordered) // (2 * EACH)
        used = {ordered[at].path for at in chosen}
        left = [at for at in range(len(ordered)) if at not in chosen]
        chosen.append(min(left, key=lambda at: (ordered[at].path in used, abs(at - middle), at)))
    return [ordered[at] for at in sorted(chosen)]


def _in_turn(ordered: Sequence[Example]) -> Iterable[Example]:
    """From the first on, a file a second time only after all others."""
    times: dict[str, int] = {}
    ranked: list[tuple[int, int]] = []
    for at, each in enumerate(ordered):
        ranked.append((times.get(each.path, 0), at))
        times[each.path] = times.get(each.path, 0) + 1
    return [ordered[at] for _, at in sorted(sorted(ranked)[:EACH], key=lambda pair: pair[1])]
