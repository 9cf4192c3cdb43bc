"""What changes while a night learns: the weights, their optimiser, and the gradients of a step."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from understudy_protocol.errors import ConfigError
from understudy_trainer.learn.abreast import abreast, pieces_for
from understudy_trainer.learn.adapter import add_adapter, read_adapter
from understudy_trainer.learn.attention import counted_losses
from understudy_trainer.learn.base_model import (
    all_computed,
    linear_shapes,
    load_base,
    trainable,
)
from understudy_trainer.learn.checkpoint import CheckpointError, Seconds, number_type
from understudy_trainer.learn.matmul import faster_numbers
from understudy_trainer.learn.memory import keep_memory
from understudy_trainer.learn.merged import merge_layers
from understudy_trainer.learn.norms import quicken_norms
from understudy_trainer.learn.rows import StepRow
from understudy_trainer.learn.settings import LearnerSettings

CLIP = 1.0
"""Longest gradient of a step."""

BETAS = (0.9, 0.95)
"""Of AdamW."""

MOMENTUM = 0.95
"""Of Muon."""

_STATE = ("step", "exp_avg", "exp_avg_sq", "momentum_buffer")
"""What either keeps of a tensor."""


class OutOfTime(Exception):
    """Between two rows of a step; what the step has found so far is thrown away."""


class Learner:
    """A model, and the 32-bit copies of what training changes, which small steps are added to.

    The model itself computes with numbers of 16 bits where that is faster; in those the steps of a
    low learning rate would be rounded away.
    """

    def __init__(self, model: Any, *, numbers: str, rank: int, settings: LearnerSettings) -> None:
        self.model = model
        self.computing = model.get_base_model() if rank else model
        """Without PEFT around it."""
        self.numbers = numbers
        self.rank = rank
        self._tensors = trainable(model)
        self.masters = {
            name: tensor.detach().float().clone() for name, tensor in self._tensors.items()
        }
        self._reptile_start = {name: tensor.clone() for name, tensor in self.masters.items()}
        self._optimiser = _optimiser(self.masters.values(), settings, rank=rank)
        self._merged = merge_layers(model) if rank else []
        self.changes = 0
        """How often the weights have become others."""
        self._merge()

    def begin_at(self, tensors: Mapping[str, Tensor]) -> None:
        """Takes the weights of a parent."""
        for name, tensor in tensors.items():
            self.masters[name].copy_(tensor)
            self._reptile_start[name].copy_(tensor)
        self._publish()

    def take_gradients(self) -> None:
        """Adds what one row's backward pass left at the model to the 32-bit gradients."""
        self.add_gradients([tensor.grad for tensor in self._tensors.values()])
        for tensor in self._tensors.values():
            tensor.grad = None

    def gradients_of(self, loss: Tensor) -> Sequence[Tensor | None]:
        """What `add_gradients` takes. Leaves nothing at the model, so rows can be done abreast."""
        return torch.autograd.grad(loss, list(self._tensors.values()), allow_unused=True)

    def add_gradients(self, grads: Sequence[Tensor | None]) -> None:
        """To the 32-bit gradients."""
        for master, grad in zip(self.masters.values(), grads, strict=True):
            if grad is not None:
                wide = grad.float()
                master.grad = wide if master.grad is None else master.grad.add_(wide)

    def forget_gradients(self) -> None:
        self._optimiser.zero_grad()

    def update(self, rate: float) -> bool:
        """One step of the optimiser. Not taken, and False, if the gradient is no number: nothing is
        one any more that such a step has touched, and a night has others."""
        length = torch.nn.utils.clip_grad_norm_(self.masters.values(), CLIP)
        is_taken = bool(length.isfinite())
        if is_taken:
            for group in self._optimiser.param_groups:
                group["lr"] = rate
            # The products of a small model's adapter are not worth sharing either: one thread is
            # more than twice as fast as two that sleep while they wait.
            pieces = pieces_for(self.computing, torch.get_num_threads())
            abreast(lambda _: self._optimiser.step(), (None,), pieces=pieces)
            self._publish()
        self._optimiser.zero_grad()
        return is_taken

    def reptile(self, epsilon: float) -> None:
        """θ ← θ₀ + ε (θ - θ₀), and the next stretch begins there."""
        reptile(self.masters.values(), self._reptile_start.values(), epsilon)
        self._publish()

    def state(self) -> dict[str, Tensor]:
        """All that a checkpoint has to hold, by name. Raises CheckpointError rather than give
        weights that are no numbers, from which nothing could go on."""
        _require_numbers(self.masters.values(), "The weights that were learned")
        kept: dict[str, Tensor] = {}
        for name, master in self.masters.items():
            kept[f"master/{name}"] = master
            kept[f"start/{name}"] = self._reptile_start[name]
            for key, value in self._optimiser.state[master].items():
                kept[f"{key}/{name}"] = value
        return kept

    def put_back(self, tensors: Mapping[str, Tensor], folder: Path) -> None:
        """Raises CheckpointError if these are not this model's, or are no numbers."""
        # What older versions wrote may be such, and would fail each time that it is gone on from.
        _require_numbers(tensors.values(), f"The weights of the checkpoint in {folder}")
        try:
            for name, master in self.masters.items():
                master.copy_(tensors[f"master/{name}"])
                self._reptile_start[name].copy_(tensors[f"start/{name}"])
                self._optimiser.state[master] = {
                    # AdamW counts its steps on the processor, wherever the weights are.
                    key: tensors[f"{key}/{name}"].to(
                        "cpu" if key == "step" else master.device, copy=True
                    )
                    for key in _STATE
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
        self.changes += 1
        with torch.no_grad():
            for name, tensor in self._tensors.items():
                tensor.copy_(self.masters[name])
        self._merge()

    def _merge(self) -> None:
        for layer in self._merged:
            layer.merge(self.masters)


def _optimiser(masters: Iterable[Tensor], settings: LearnerSettings, *, rank: int) -> Any:
    """Muon (Jordan 2024) makes each step of a matrix orthogonal, so that it goes as far in all of
    its directions; an adapter learns about a quarter more of it (LOG.md). Its rate is stated so
    that a step is as long as AdamW's (Liu et al. 2025, arXiv 2502.16982, section 2.2). Embeddings
    and norms are no such matrices: all weights are trained by AdamW."""
    if rank and settings.optimiser == "muon":
        return torch.optim.Muon(
            masters,
            lr=0.0,
            momentum=MOMENTUM,
            weight_decay=settings.weight_decay,
            adjust_lr_fn="match_rms_adamw",
        )
    return torch.optim.AdamW(
        masters, lr=0.0, betas=BETAS, weight_decay=settings.weight_decay, foreach=True
    )


def _require_numbers(tensors: Iterable[Tensor], what: str) -> None:
    if not all(bool(each.isfinite().all()) for each in tensors):
        raise CheckpointError(
            f"{what} are not all numbers.",
            "Delete the checkpoint, if there is one; the night then begins anew. If it happens"
            " again, take the release before it as the parent, or a lower learning rate.",
        )


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
    for weight in model.parameters():
        weight.requires_grad_(False)
    quicken_norms(model)
    adapted = add_adapter(model, settings, parent=parent, seed=seed)
    rank: int = adapted.peft_config["default"].r
    learner = Learner(adapted, numbers=chosen, rank=rank, settings=settings)
    if parent is not None:
        learner.begin_at(read_adapter(parent, model=adapted, base=digest))
    return learner


def gradients(
    learner: Learner,
    rows: Sequence[StepRow],
    seconds: Seconds,
    clock: Callable[[], float],
    *,
    until: float = float("inf"),
) -> tuple[float | None, float | None]:
    """Leaves the gradient of the weighted mean over all counted tokens of a step at the learner.

    Gives the plain means of new and replayed middles, None where that is no number. Raises
    OutOfTime if the clock says `until` before the last row is begun.
    """
    model = learner.computing
    counting = [each for each in rows if each.row.counted]
    whole = sum(sum(each.row.weights) for each in counting)

    def passed(each: StepRow) -> _Passed:
        started = clock()
        if started > until:
            raise OutOfTime
        losses = counted_losses(model, each.row)
        weights = torch.tensor(each.row.weights, device=losses.device)
        loss: Any = (losses * weights).sum() / whole
        all_computed()
        middle = clock()
        grads = learner.gradients_of(loss)
        all_computed()
        nats = float(losses.detach()[each.row.middles].sum())
        return _Passed(nats, grads, middle - started, clock() - middle)

    began = clock()
    # Added up in the order of the rows, so that a step is the same however they were spread.
    found = abreast(passed, counting, pieces=pieces_for(model, len(counting)))
    for each in found:
        learner.add_gradients(each.grads)
    _share_out(clock() - began, found, seconds)
    sums, counts = [0.0, 0.0], [0, 0]
    for (row, replayed), each in zip(counting, found, strict=True):
        sums[replayed] += each.nats
        counts[replayed] += len(row.middles)
    new, old = (
        each / n if n and math.isfinite(each) else None
        for each, n in zip(sums, counts, strict=True)
    )
    return new, old


class _Passed(NamedTuple):
    """A row, forward and back."""

    nats: float
    grads: Sequence[Tensor | None]
    forward_s: float
    backward_s: float


def _share_out(took: float, found: Sequence[_Passed], seconds: Seconds) -> None:
    """The time that rows took together, as their two halves took it."""
    forward, backward = (
        sum(each.forward_s for each in found),
        sum(each.backward_s for each in found),
    )
    if forward + backward > 0:
        seconds.forward += took * forward / (forward + backward)
        seconds.backward += took * backward / (forward + backward)
