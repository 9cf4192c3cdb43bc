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

- Reptile moves the adapter's tensors, not the model: A and B each on its own, which is not quite
  the same as their product, and costs one copy of the adapter.
- k is 20 and ε a half, not 500 and a tenth: a night has some hundred steps, and with 500 Reptile
  would never come.
- The last stretch is closed by Reptile also when it is shorter than k steps; else how many steps
  the night had would decide how far it went.
- The moments of Adam are kept across Reptile's steps, as in the authors' own code.
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
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import torch
from torch import Tensor

from understudy_protocol.errors import ConfigError
from understudy_trainer.curriculum.example import Example
from understudy_trainer.learn.adapter import add_adapter, read_adapter, write_adapter
from understudy_trainer.learn.attention import counted_losses
from understudy_trainer.learn.base_model import base_digest, linear_shapes, load_base, trainable
from understudy_trainer.learn.checkpoint import (
    CHECKPOINT,
    CheckpointError,
    Loss,
    Position,
    Seconds,
    number_type,
    read_checkpoint,
    write_checkpoint,
)
from understudy_trainer.learn.full import write_model
from understudy_trainer.learn.matmul import faster_numbers
from understudy_trainer.learn.memory import keep_memory
from understudy_trainer.learn.rendering import load_form
from understudy_trainer.learn.replay import Replay
from understudy_trainer.learn.rows import Source, StepRow, tokens_of
from understudy_trainer.learn.schedule import learning_rate, steps_possible, steps_wanted
from understudy_trainer.learn.settings import LearnerSettings
from understudy_trainer.learn.whole_file import write_whole

RESULT = {"lora": "adapter", "full": "model"}
"""Folder of the result, below that of the night."""

REPORT = "learned.json"

CLIP = 1.0
"""Longest gradient of a step."""

BETAS = (0.9, 0.95)


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
    digest = _digest(base)
    night = _night(examples, replay, settings, digest=digest, parent=parent, seed=seed)
    if done := _finished(folder, night, settings):
        return done
    kept = read_checkpoint(folder, night=night)
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

    while True:
        at.elapsed = before + clock() - began
        at.total = steps_possible(
            at.step,
            at.wanted,
            training_s=at.elapsed - at.seconds.loading,
            left_s=budget_s - at.elapsed,
        )
        if at.step >= at.total:
            break
        started = clock()
        rows = source.next_step(at)
        at.seconds.data += clock() - started
        loss = gradients(learner, rows, at.seconds, clock)
        started = clock()
        learner.update(learning_rate(at.step, at.total, settings))
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


class Learner:
    """A model, and the 32-bit copies of what training changes, which small steps are added to.

    The model itself computes with numbers of 16 bits where that is faster; in those the steps of a
    low learning rate would be rounded away.
    """

    def __init__(self, model: Any, *, numbers: str, rank: int, settings: LearnerSettings) -> None:
        self.model = model
        self.numbers = numbers
        self.rank = rank
        self._tensors = trainable(model)
        self.masters = {
            name: tensor.detach().float().clone() for name, tensor in self._tensors.items()
        }
        self._reptile_start = {name: tensor.clone() for name, tensor in self.masters.items()}
        self._optimiser: Any = torch.optim.AdamW(
            self.masters.values(),
            lr=0.0,
            betas=BETAS,
            weight_decay=settings.weight_decay,
            foreach=True,
        )

    def begin_at(self, tensors: Mapping[str, Tensor]) -> None:
        """Takes the weights of a parent."""
        for name, tensor in tensors.items():
            self.masters[name].copy_(tensor)
            self._reptile_start[name].copy_(tensor)
        self._publish()

    def take_gradients(self) -> None:
        """Adds what one row's backward pass left at the model to the 32-bit gradients."""
        for name, tensor in self._tensors.items():
            if tensor.grad is None:
                continue
            master = self.masters[name]
            grad = tensor.grad.float()
            master.grad = grad if master.grad is None else master.grad.add_(grad)
            tensor.grad = None

    def update(self, rate: float) -> None:
        """One step of AdamW."""
        torch.nn.utils.clip_grad_norm_(self.masters.values(), CLIP)
        for group in self._optimiser.param_groups:
            group["lr"] = rate
        self._optimiser.step()
        self._optimiser.zero_grad()
        self._publish()

    def reptile(self, epsilon: float) -> None:
        """θ ← θ₀ + ε (θ - θ₀), and the next stretch begins there."""
        reptile(self.masters.values(), self._reptile_start.values(), epsilon)
        self._publish()

    def state(self) -> dict[str, Tensor]:
        """All that a checkpoint has to hold, by name."""
        kept: dict[str, Tensor] = {}
        for name, master in self.masters.items():
            kept[f"master/{name}"] = master
            kept[f"start/{name}"] = self._reptile_start[name]
            for key, value in self._optimiser.state[master].items():
                kept[f"{key}/{name}"] = value
        return kept

    def put_back(self, tensors: Mapping[str, Tensor], folder: Path) -> None:
        try:
            for name, master in self.masters.items():
                master.copy_(tensors[f"master/{name}"])
                self._reptile_start[name].copy_(tensors[f"start/{name}"])
                self._optimiser.state[master] = {
                    key: tensors[f"{key}/{name}"].clone()
                    for key in ("step", "exp_avg", "exp_avg_sq")
                    if f"{key}/{name}" in tensors
                }
        except (KeyError, RuntimeError) as error:
            raise CheckpointError(
                f"The checkpoint in {folder} has other tensors than this model: {error}.",
                "Delete it; the night then begins anew.",
            ) from error
        self._publish()

    def _publish(self) -> None:
        """Makes the model compute with the new weights."""
        with torch.no_grad():
            for name, tensor in self._tensors.items():
                tensor.copy_(self.masters[name])


def reptile(moved: Any, start: Any, epsilon: float) -> None:
    """Each of `moved` goes back to `start` + epsilon · (moved - start), and so does `start`."""
    with torch.no_grad():
        for now, then in zip(moved, start, strict=True):
            then.lerp_(now, epsilon)
            now.copy_(then)


def new_learner(
    base: Path,
    settings: LearnerSettings,
    *,
    parent: Path | None,
    digest: str,
    seed: int,
    numbers: str | None = None,
) -> Learner:
    """`numbers` is the type that a killed run has computed with. Raises ConfigError."""
    keep_memory()
    chosen = numbers or settings.numbers
    model = load_base(base, numbers=number_type("float32" if chosen == "auto" else chosen))
    if chosen == "auto":
        chosen = faster_numbers(linear_shapes(model).values(), settings.row_tokens)
        model = model.to(number_type(chosen))
    model.train()
    if settings.mode == "full":
        if parent is not None:
            raise ConfigError(
                "A parent was named for training all weights, and a parent is an adapter.",
                "Name the model that the earlier night wrote as the base.",
            )
        return Learner(model, numbers=chosen, rank=0, settings=settings)
    adapted = add_adapter(model, settings, parent=parent, seed=seed)
    rank: int = adapted.peft_config["default"].r
    learner = Learner(adapted, numbers=chosen, rank=rank, settings=settings)
    if parent is not None:
        learner.begin_at(read_adapter(parent, model=adapted, base=digest))
    return learner


def gradients(
    learner: Learner, rows: Sequence[StepRow], seconds: Seconds, clock: Callable[[], float]
) -> tuple[float | None, float | None]:
    """Leaves the gradient of the weighted mean over all counted tokens of a step at the learner.

    Gives the plain means for new and replayed tokens.
    """
    model = learner.model.get_base_model() if learner.rank else learner.model
    whole = sum(sum(row.weights) for row, _ in rows)
    sums, counts = [0.0, 0.0], [0, 0]
    for row, replayed in rows:
        if not row.counted:
            continue
        started = clock()
        losses = counted_losses(model, row)
        weights = torch.tensor(row.weights, device=losses.device)
        loss: Any = (losses * weights).sum() / whole
        middle = clock()
        loss.backward()
        learner.take_gradients()
        seconds.forward += middle - started
        seconds.backward += clock() - middle
        sums[replayed] += float(losses.detach().sum())
        counts[replayed] += len(row.counted)
    new, old = (each / n if n else None for each, n in zip(sums, counts, strict=True))
    return new, old


def _digest(base: Path) -> str:
    try:
        return base_digest(base)
    except OSError as error:
        raise ConfigError(
            f"The base model {base} cannot be read: {error.strerror}.",
            "Name the directory of the model that the gateway serves.",
        ) from error


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
