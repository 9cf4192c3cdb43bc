"""What tallies come to: figures of each arm, in all, by night, by kind and by folder.

Everything is paired: only hunks that were typed with every arm are counted.
"""

from collections.abc import Callable, Iterator
from itertools import combinations
from typing import TypeVar

import msgspec

from understudy_trainer.backtest.arm import ARMS
from understudy_trainer.backtest.arm_figures import (
    ArmFigures,
    Rows,
    SightFigures,
    arm_figures,
    drawn_of_arms,
    kind_figures,
)
from understudy_trainer.backtest.estimate import Drawn, Estimate, estimate
from understudy_trainer.backtest.folders import folders
from understudy_trainer.backtest.tally import Backtest, HunkTally

NO_ASSISTANT = "none"
"""The arm that suggests nothing."""

LEARNING = frozenset(arm.name for arm in ARMS if arm.learns)


class Difference(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One arm less the other, on the same hunks."""

    arm: str
    beside: str
    after_a_night: bool
    """Whether only hunks after the first night count: until then what learns has learned
    nothing."""
    saved: Estimate
    share: Estimate
    acceptance: Estimate
    kept_gain: Estimate
    """Kept characters per opportunity, as a share of what they are with the other: 0.1 is a tenth
    more."""


class Night(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    night: int
    first_at: int
    """When the first and the last hunk were committed, in seconds since the epoch."""
    last_at: int
    arms: dict[str, ArmFigures]


class Figures(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    hunks: int
    """Typed with every arm that was begun."""
    unpaired: int
    """Typed with some arms only, and not counted."""
    not_begun: tuple[str, ...]
    """Arms that no hunk was typed with."""
    main: str | None
    """The arm that the headline is about: the last one with an assistant, whatever its figures."""
    arms: dict[str, ArmFigures]
    """In the order of the report; empty without hunks."""
    differences: tuple[Difference, ...]
    """Of arms with an assistant, the later less the earlier."""
    nights: tuple[Night, ...]
    kinds: dict[str, dict[str, SightFigures]]
    """Kind → arm → its suggestions; the kind is empty where the place has no name."""
    folders: dict[str, dict[str, ArmFigures]]


def figures(backtest: Backtest) -> Figures:
    by_arm: dict[str, dict[str, HunkTally]] = {arm: {} for arm in backtest.arms}
    for tally in backtest.tallies:
        by_arm[tally.arm][tally.hunk] = tally
    begun = {arm: tallies for arm, tallies in by_arm.items() if tallies}
    typed = list(dict.fromkeys(tally.hunk for tally in backtest.tallies))
    paired = [hunk for hunk in typed if all(hunk in tallies for tallies in begun.values())]
    rows = {arm: [tallies[hunk] for hunk in paired] for arm, tallies in begun.items()}
    found = drawn_of_arms(rows) if paired else {}
    assisted = [arm for arm in begun if arm != NO_ASSISTANT]
    return Figures(
        hunks=len(paired),
        unpaired=len(typed) - len(paired),
        not_begun=tuple(arm for arm in by_arm if arm not in begun),
        main=assisted[-1] if assisted else None,
        arms=arm_figures(rows) if paired else {},
        differences=tuple(_differences(rows, found)),
        nights=_nights(rows),
        kinds=kind_figures(rows),
        folders=_folders(rows),
    )


_Key = TypeVar("_Key", int, str)


def _differences(rows: Rows, found: dict[str, dict[str, Drawn]]) -> Iterator[Difference]:
    later = {arm: [each for each in tallies if each.night] for arm, tallies in rows.items()}
    found_later = drawn_of_arms(later) if any(later.values()) else {}
    assisted = [arm for arm in rows if arm != NO_ASSISTANT]
    for beside, arm in combinations(assisted, 2):
        learns = not LEARNING.isdisjoint((arm, beside))
        drawn = found_later if learns else found
        if arm in drawn:
            yield _difference(drawn, arm, beside, after_a_night=learns)


def _difference(
    found: dict[str, dict[str, Drawn]], arm: str, beside: str, *, after_a_night: bool
) -> Difference:
    def less(name: str) -> Estimate:
        return estimate(found[arm][name].less(found[beside][name]))

    return Difference(
        arm=arm,
        beside=beside,
        after_a_night=after_a_night,
        saved=less("saved"),
        share=less("share"),
        acceptance=less("acceptance"),
        kept_gain=estimate(found[arm]["kept_share"].gain_over(found[beside]["kept_share"])),
    )


def _nights(rows: Rows) -> tuple[Night, ...]:
    nights = _grouped(rows, lambda tally: tally.night)
    ats = {
        night: [tally.at for tallies in group.values() for tally in tallies]
        for night, group in nights.items()
    }
    return tuple(
        Night(night, min(ats[night]), max(ats[night]), arm_figures(nights[night]))
        for night in sorted(nights)
    )


def _folders(rows: Rows) -> dict[str, dict[str, ArmFigures]]:
    folder_of = folders(tally.path for tallies in rows.values() for tally in tallies)
    groups = _grouped(rows, lambda tally: folder_of[tally.path])
    return {folder: arm_figures(groups[folder]) for folder in sorted(groups)}


def _grouped(rows: Rows, key_of: Callable[[HunkTally], _Key]) -> dict[_Key, Rows]:
    groups: dict[_Key, Rows] = {}
    for arm, tallies in rows.items():
        for tally in tallies:
            groups.setdefault(key_of(tally), {}).setdefault(arm, []).append(tally)
    return groups
