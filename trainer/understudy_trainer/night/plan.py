"""What tonight was decided to be: written first, so that a killed night goes on as it began."""

import shutil
from pathlib import Path

import msgspec

from understudy_protocol.release import ReleaseVersion
from understudy_protocol.repository import RepositoryId
from understudy_trainer.curriculum.example import Example
from understudy_trainer.learn.whole_file import write_whole
from understudy_trainer.night.held_out import Span
from understudy_trainer.repoworld.worlds import World, is_there

TONIGHT = "tonight"
"""Folder of the night that runs, below that of the repository's nights."""

PLAN, EXPERIENCE, RUNTIME = "plan.json", "experience.json", "runtime.json"


class Plan(msgspec.Struct, frozen=True):
    repository: RepositoryId
    began_at: int
    """Milliseconds since the epoch."""
    fingerprint: str
    """Of the base model."""
    parent: ReleaseVersion | None
    since: str | None
    """Newest commit that the parent has learned from."""
    span: Span
    seed: int
    wanted: int
    """Holes to be held out."""
    numbers: str = "float32"
    """Type of number that a proof computes with: all arms with the same, whoever went on."""
    served: ReleaseVersion | None = None
    """What the candidate is compared with."""


class Learned(msgspec.Struct, frozen=True):
    """What came of experience, kept so that a night that goes on has the same."""

    examples: tuple[Example, ...] = ()
    cursor: int = 0
    left_out: dict[str, int] = {}
    note: str = ""
    """Why there is none."""


def same_night(home: Path, plan: Plan, *, world: World, notes: list[str]) -> Plan:
    """The plan of a night that was killed, if it is of the same parent and base; else this one,
    and nothing of an older night is left."""
    tonight = home / TONIGHT
    try:
        kept = msgspec.json.decode((tonight / PLAN).read_bytes(), type=Plan)
    except (OSError, msgspec.DecodeError):
        kept = None
    if kept is not None and _decides(kept) == _decides(plan):
        lost = [each for each in _commits(kept.span) if not is_there(world, each)]
        if not lost:
            return kept
        notes.append(
            f"A night that was interrupted began anew: its commit {lost[0][:12]} is not in the"
            " repository any more."
        )
    shutil.rmtree(tonight, ignore_errors=True)
    tonight.mkdir(parents=True)
    write_whole(tonight / PLAN, msgspec.json.encode(plan))
    return plan


def _commits(span: Span) -> list[str]:
    return [each for each in (span.learn_until, span.until, span.beside) if each is not None]


def _decides(plan: Plan) -> tuple[object, ...]:
    """How many holes are wanted is not among it: that hangs on the budget, and whoever goes on
    with another one keeps what was done."""
    return (plan.repository, plan.fingerprint, plan.parent, plan.served, plan.since, plan.seed)
