"""What is known of a night while it goes, and what is told of it in the end."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from understudy_protocol.night import NightSummary, Outcome
from understudy_protocol.release import ReleaseVersion
from understudy_protocol.repository import RepositoryId
from understudy_trainer.curriculum.curriculum import SHARES
from understudy_trainer.curriculum.example import Example, Unit
from understudy_trainer.curriculum.gather import Gathered
from understudy_trainer.learn.mer import Trained
from understudy_trainer.learn.settings import LearnerSettings
from understudy_trainer.night.plan import Plan
from understudy_trainer.night.proof import Proved
from understudy_trainer.night.record import BeforeAfter, InEditor, NightRecord, Point, Practised
from understudy_trainer.night.spending import Spending
from understudy_trainer.reinforce.reinforcement import Reinforcement
from understudy_typist.machine import machine

REPORT = "report.json"


class Night(msgspec.Struct, frozen=True):
    """What is asked of a night."""

    path: Path
    """In a repository's working tree."""
    repository: RepositoryId
    state: Path
    """State folder of the gateway; releases and nights lie there."""
    base: Path
    """Directory of the base model."""
    budget_s: float
    settings: LearnerSettings
    seed: int = 0
    anew: bool = False
    """Begin at the base model, as if there were no release."""
    dry: bool = False
    """Publish nothing."""
    runtime: bool = False
    """Run the repository's tests in a sandbox, and learn from that."""
    reinforcement: Reinforcement | None = None
    """Practise on answers after the examples are learned, so."""
    shares: Mapping[Unit, float] = msgspec.field(default_factory=lambda: SHARES)
    """Of the units of the curriculum."""
    served_as: str | None = None
    """Name by which the gateway serves the base model; None where there is no gateway."""

    @property
    def base_name(self) -> str:
        return self.served_as or self.base.name


class Found(msgspec.Struct):
    """What is known of the night so far, for its record."""

    notes: list[str]
    left_out: dict[str, int] = {}
    gathered: Gathered | None = None
    examples: Sequence[Example] = ()
    trained: Trained | None = None
    proved: Proved | None = None
    task_set: str = ""
    samples: Sequence[BeforeAfter] = ()
    exact_before: int = 0
    exact_after: int = 0
    asked: int = 0
    practised: Practised | None = None
    in_editor: InEditor | None = None
    release: ReleaseVersion | None = None

    def note_skipped(self, steps: int) -> None:
        if steps:
            self.notes.append(
                f"{steps} steps of learning were not taken, because their gradient was no number."
                " If it happens every night, some example cannot be learned from."
            )


def name_of(began_at: int) -> str:
    """Of the folder of a night, in the order of time."""
    return time.strftime("%Y-%m-%d-%H%M%S", time.gmtime(began_at / 1000))


def summary_of(
    asked: Night,
    began_at: int,
    outcome: Outcome,
    reason: str,
    found: Found,
    plan: Plan | None,
) -> NightSummary:
    overall = found.proved.overall if found.proved else None
    return NightSummary(
        repository=asked.repository,
        began_at=began_at,
        ended_at=int(time.time() * 1000),
        outcome=outcome,
        reason=reason,
        parent=plan.parent if plan else None,
        release=found.release,
        examples=len(found.examples),
        holes=overall.holes if overall else 0,
        gain=overall.gain if overall else None,
        gain_low=overall.low if overall else None,
        gain_high=overall.high if overall else None,
        forgetting=found.proved.forgotten_of_other if found.proved else None,
    )


def record_of(
    asked: Night,
    plan: Plan | None,
    found: Found,
    spending: Spending,
    summary: NightSummary,
) -> NightRecord:
    units: dict[str, int] = {}
    for example in found.examples:
        units[example.unit] = units.get(example.unit, 0) + 1
    at = found.trained.report.position if found.trained else None
    return NightRecord(
        summary=summary,
        name=asked.settings.repository,
        base_model=asked.base_name,
        commit=plan.span.learn_until if plan else "",
        proved_until=plan.span.until if plan else "",
        since=plan.since if plan else None,
        commits=len(found.gathered.commits) if found.gathered else 0,
        examples=units,
        left_out=found.left_out,
        notes=tuple(found.notes),
        curve=tuple(Point(each.step, each.new, each.replayed) for each in at.losses) if at else (),
        steps=at.step if at else 0,
        tokens=at.tokens if at else 0,
        ended_by=found.trained.report.ended_by if found.trained else "",
        budget_s=asked.budget_s,
        comparisons=found.proved.comparisons if found.proved else (),
        forgotten_since=found.proved.forgotten_since if found.proved else None,
        task_set=found.task_set,
        exact_before=found.exact_before,
        exact_after=found.exact_after,
        asked=found.asked,
        practised=found.practised,
        in_editor=found.in_editor,
        samples=tuple(found.samples),
        spent=tuple(spending.stages),
        settings=msgspec.to_builtins(asked.settings),
        machine=machine(),
    )
