"""Holes of earlier nights: what was held out then has been learned since, and is asked again to
see what is forgotten.

Each night is compared with its parent, so what nights forget could add up. So the loss on each hole
is kept as it was when it was first asked again, of the release that had just learned it. It is a
yardstick that does not move: written down once, before anything is known of later losses. (The
least that any night ever reached would be below what it is in truth, by good luck, the more nights
the more, and refuse by chance.)
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from understudy_trainer.curriculum.example import Example
from understudy_trainer.learn.losses import ExampleLoss
from understudy_trainer.learn.replay import Replay, add, read_replay, write_replay
from understudy_trainer.learn.whole_file import write_whole

CAPACITY = 300

SETTLED, FRESH = "earlier-holes", "newest-holes"


FIRST = "first-losses.json"


class _First(msgspec.Struct, frozen=True):
    of: str
    """What they were computed with; others do not compare."""
    nats: dict[str, float]
    """By the ids of holes."""


def asked_again(home: Path, count: int, files: Mapping[str, str]) -> tuple[Example, ...]:
    """A uniform sample of what nights before the last have held out, as far as it still stands in
    `files`: what was rewritten since may be forgotten. Raises ReplayDamaged."""
    settled = read_replay(home / SETTLED).old
    return tuple(hole for hole in settled if _stands(hole, files))[:count]


def first_losses(
    home: Path, holes: Sequence[Example], losses: Sequence[ExampleLoss], *, of: str
) -> list[float]:
    """Nats of each hole when it was first asked again; of one that never was, `losses`, which are
    those of the served release tonight, and are kept from now on. `of` says with what they were
    computed. A file that is damaged begins anew."""
    try:
        kept = msgspec.json.decode((home / FIRST).read_bytes(), type=_First)
    except (OSError, msgspec.DecodeError):
        kept = None
    known = kept.nats if kept is not None and kept.of == of else {}
    tonight = {hole.id: each.nats for hole, each in zip(holes, losses, strict=True)}
    nats = {**tonight, **known}
    if nats != known:
        write_whole(home / FIRST, msgspec.json.encode(_First(of, nats)))
    return [nats[hole.id] for hole in holes]


def _stands(hole: Example, files: Mapping[str, str]) -> bool:
    """All of its lines, one below the other, wherever in its file."""
    start, end = hole.prefix.rpartition("\n")[2], hole.suffix.partition("\n")[0]
    return start + hole.middle + end in files.get(hole.path, "")


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
