"""Holes of earlier nights: what was held out then has been learned since, and is asked again to
see what is forgotten."""

from pathlib import Path

import msgspec

from understudy_trainer.curriculum.example import Example
from understudy_trainer.learn.replay import Replay, add, read_replay, write_replay

CAPACITY = 300

SETTLED, FRESH = "earlier-holes", "newest-holes"


def asked_again(home: Path, count: int) -> tuple[Example, ...]:
    """A uniform sample of what nights before the last have held out. Raises ReplayDamaged."""
    return read_replay(home / SETTLED).old[:count]


def settle(home: Path, holes: list[Example]) -> None:
    """Tonight's holes are kept. Those of the night before were learned tonight, and count as
    earlier from now on; done twice, it is done once."""
    fresh = read_replay(home / FRESH)
    tonight = Replay(old=tuple(holes), capacity=CAPACITY)
    if {each.id for each in fresh.old} == {each.id for each in tonight.old}:
        return
    settled = read_replay(home / SETTLED)
    settled = add(msgspec.structs.replace(settled, capacity=CAPACITY), fresh.old)
    write_replay(home / SETTLED, settled)
    write_replay(home / FRESH, tonight)
