"""The learner of the night: MER, "meta-experience replay", on the tensors of a LoRA adapter.

The idea (Riemer et al. 2019, arXiv 1810.11910; for language models Abbes et al. 2025). A model that
learns something new should not forget what it knew. Two things help, and each helps the other:

Replay.    A share of each batch is drawn from what was learned before: a sample of this
           repository's earlier nights, and a little general code.
Reptile.   Every k steps the weights go only a part of the way that they went since the last time:

               θ ← θ₀ + ε (θ - θ₀)

           To first order this favours steps whose gradients point the same way. As each batch
           holds old and new, they are the ones that help both; what helps the new at the cost of
           the old is mostly taken back.

What is done otherwise than in the papers, and why:

- The text around a middle counts, too, each token a tenth of one of the middle. It was read anyway,
  and there is far more of it: the same steps learn a fifth to a half more (LOG.md, 2026-11-30).
- Reptile moves the adapter's tensors, not the model: A and B each on its own, which is not quite
  the same as their product, and costs one copy of the adapter.
- k is 20 and ε a half, not 500 and a tenth: a night has some hundred steps, and with 500 Reptile
  would never come.
- The last stretch is closed by Reptile also when it is shorter than k steps; else how many steps
  the night had would decide how far it went.
- The optimiser's momentum is kept across Reptile's steps, as in the authors' own code.
- Muon, not Adam: see `learner`.
- What is replayed is what earlier nights learned, not what this night saw a moment ago: the night
  goes over its own examples several times anyway.
- The share of replay is kept by whole rows, exactly: 25 % is every fourth row.
- The sample is drawn by the examples' ids (see `replay`), and the caller adds a night's examples to
  it after the night, so that a killed night leaves the buffer as it was.

With the mode `full` the same is done to all weights of the model, for comparison.

Killed at any moment, a night goes on from its last checkpoint and ends with the same bytes as if it
had not been killed, as long as the time suffices for its planned steps (see `schedule`).
"""

import hashlib
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from understudy_releases.fingerprint import fingerprint
from understudy_trainer.curriculum.example import Example
from understudy_trainer.learn.adapter import write_adapter
from understudy_trainer.learn.checkpoint import (
    CHECKPOINT,
    Loss,
    Position,
    read_checkpoint,
    write_checkpoint,
)
from understudy_trainer.learn.full import write_model
from understudy_trainer.learn.learner import OutOfTime, gradients, new_learner
from understudy_trainer.learn.rendering import load_form
from understudy_trainer.learn.replay import Replay
from understudy_trainer.learn.rows import Source, tokens_of
from understudy_trainer.learn.schedule import (
    RECENT,
    learning_rate,
    steps_possible,
    steps_wanted,
)
from understudy_trainer.learn.settings import LearnerSettings
from understudy_trainer.learn.whole_file import write_whole

RESULT = {"lora": "adapter", "full": "model"}
"""Folder of the result, below that of the night."""

REPORT = "learned.json"


class Step(NamedTuple):
    """Told after each."""

    number: int
    total: int
    loss: float | None
    """Of the new examples, nats a token."""
    elapsed_s: float


class Report(msgspec.Struct, frozen=True):
    """What a night did."""

    position: Position
    settings: LearnerSettings
    rank: int
    """0 if all weights were trained."""
    examples: dict[str, int]
    """New ones that there were, by unit."""
    budget_s: float
    ended_by: str
    """`passes` or `budget`."""


class Trained(NamedTuple):
    folder: Path
    """Of the adapter, or of the model."""
    report: Report


def train(
    examples: Sequence[Example],
    *,
    base: Path,
    parent: Path | None,
    replay: Replay,
    settings: LearnerSettings,
    budget_s: float,
    folder: Path,
    seed: int,
    progress: Callable[[Step], None],
    clock: Callable[[], float] = time.monotonic,
) -> Trained:
    """Trains on `examples`, from the adapter of the parent if there is one, and leaves the result,
    a report and checkpoints in `folder`. Called again with the same, it goes on where it was.

    Raises ConfigError for a base model or a parent that does not fit, and CheckpointError.
    """
    began = clock()
    form = load_form(base, settings.fim_format)
    digest = fingerprint(base)
    night = _night(examples, replay, settings, digest=digest, parent=parent, seed=seed)
    if done := _finished(folder, night, settings):
        return done
    kept = read_checkpoint(folder, night=night, kind=Position)
    learner = new_learner(
        base,
        settings,
        parent=parent,
        digest=digest,
        seed=seed,
        numbers=kept[0].numbers if kept else None,
    )
    if kept:
        at = kept[0]
        learner.put_back(kept[1], folder)
    else:
        # Counted from a sample: rendering all of them beforehand would take minutes.
        total = steps_wanted(tokens_of(examples, form, settings), settings)
        at = Position(night=night, numbers=learner.numbers, total=total, wanted=total)
    before = at.elapsed
    at.seconds.loading += clock() - began
    source = Source(examples, replay, form, settings, seed=seed)
    recent: deque[float] = deque(maxlen=RECENT)

    while True:
        at.elapsed = before + clock() - began
        at.total = steps_possible(
            at.step,
            at.wanted,
            training_s=at.elapsed - at.seconds.loading,
            left_s=budget_s - at.elapsed,
            budget_s=budget_s,
            recent_s=recent,
        )
        if at.step >= at.total:
            break
        step_began = started = clock()
        drawn = msgspec.structs.replace(at, units=dict(at.units))
        rows = source.next_step(at)
        at.seconds.data += clock() - started
        try:
            loss = gradients(learner, rows, at.seconds, clock, until=began - before + budget_s)
        except OutOfTime:
            # As if the step had not been begun: the night has practised none of its rows.
            at = drawn
            at.total = at.step
            break
        started = clock()
        at.skipped += not learner.update(learning_rate(at.step, at.total, settings))
        at.step += 1
        if settings.reptile_every and at.step % settings.reptile_every == 0:
            learner.reptile(settings.reptile_epsilon)
        at.seconds.optimiser += clock() - started
        at.losses.append(Loss(at.step, *loss))
        at.elapsed = before + clock() - began
        if at.step % settings.checkpoint_every == 0:
            started = clock()
            write_checkpoint(folder, at, learner.state())
            at.seconds.writing += clock() - started
        progress(Step(at.step, at.total, loss[0], at.elapsed))
        recent.append(clock() - step_began)

    if settings.reptile_every and at.step % settings.reptile_every:
        learner.reptile(settings.reptile_epsilon)
    at.elapsed = before + clock() - began
    result = folder / RESULT[settings.mode]
    if settings.mode == "lora":
        write_adapter(result, model=learner.model, base=digest, tensors=learner.masters)
    else:
        write_model(result, model=learner.model, base=base, tensors=learner.masters)
    report = Report(
        position=at,
        settings=settings,
        rank=learner.rank,
        examples=_by_unit(examples),
        budget_s=budget_s,
        ended_by="passes" if at.step >= at.wanted else "budget",
    )
    write_whole(folder / REPORT, msgspec.json.encode(report))
    # Only now: without the report the run is not finished, and goes on from here.
    (folder / CHECKPOINT).unlink(missing_ok=True)
    return Trained(result, report)


def _night(
    examples: Sequence[Example],
    replay: Replay,
    settings: LearnerSettings,
    *,
    digest: str,
    parent: Path | None,
    seed: int,
) -> str:
    """Tells one night from another: everything that its result hangs on."""
    told = hashlib.sha256(f"{digest} {seed} {parent}".encode())
    told.update(msgspec.json.encode(settings))
    for group in (examples, replay.old, replay.anchors):
        told.update(b"\n")
        for example in group:
            told.update(example.id.encode())
    return told.hexdigest()


def _finished(folder: Path, night: str, settings: LearnerSettings) -> Trained | None:
    """What this very night has left, if it came to its end."""
    try:
        report = msgspec.json.decode((folder / REPORT).read_bytes(), type=Report)
    except (FileNotFoundError, msgspec.DecodeError):
        return None
    if report.position.night != night:
        return None
    return Trained(folder / RESULT[settings.mode], report)


def _by_unit(examples: Sequence[Example]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for example in examples:
        counts[example.unit] = counts.get(example.unit, 0) + 1
    return counts
