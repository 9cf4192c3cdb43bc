"""How probable a base model, with an adapter or without, finds the true middles of examples.

What the gateway's `/v1/scores` says, computed here in one process without an engine: the same
prompt, the same tokens, the end of the middle not among them. With 16-bit numbers where those are
faster, as releases are served with them: that takes half the time, and adds 0.6 % to the variance
of the difference between two releases (click, 60 holes).
"""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import torch

from understudy_releases.fingerprint import fingerprint
from understudy_trainer.curriculum.example import Example
from understudy_trainer.learn.abreast import streamed
from understudy_trainer.learn.adapter import add_adapter, read_adapter
from understudy_trainer.learn.attention import counted_losses
from understudy_trainer.learn.base_model import load_base, trainable
from understudy_trainer.learn.matmul import faster_type
from understudy_trainer.learn.packing import Row, packed
from understudy_trainer.learn.rendering import load_form, render_as_scored
from understudy_trainer.learn.settings import LearnerSettings

PROMPT_TOKENS = 1024
"""The gateway's own setting, unless it was changed there."""

ROW_TOKENS = 2048


class ExampleLoss(msgspec.Struct, frozen=True):
    id: str
    """Of the example."""
    tokens: int
    """Of its middle."""
    nats: float
    """Of all of them together."""


def losses(
    examples: Sequence[Example],
    *,
    base: Path,
    adapter: Path | None = None,
    repository: str = "",
    prompt_tokens: int = PROMPT_TOKENS,
    fim_format: str | None = None,
    numbers: torch.dtype | None = None,
    progress: Callable[[int], None] = lambda done: None,
) -> list[ExampleLoss]:
    """In the order of the examples. `numbers` is the type to compute with, None the one that this
    machine multiplies faster. `progress` is told how many are done.

    Raises ConfigError for a base model or an adapter that does not fit.
    """
    form = load_form(base, fim_format)
    model = load_for_scoring(base, adapter=adapter)
    model = model.to(numbers or faster_type(model, ROW_TOKENS))
    found: list[ExampleLoss] = []
    items = (
        render_as_scored(each, form, repository=repository, prompt_tokens=prompt_tokens)
        for each in examples
    )
    for row, nats in streamed(partial(_nats, model), packed(items, ROW_TOKENS), model=model):
        sums, counts = [0.0] * len(row.units), [0] * len(row.units)
        for owner, each in zip(row.owners, nats, strict=True):
            sums[owner] += each
            counts[owner] += 1
        for tokens, total in zip(counts, sums, strict=True):
            found.append(ExampleLoss(examples[len(found)].id, tokens, total))
        progress(len(found))
    return found


def mean_loss(found: Sequence[ExampleLoss]) -> float:
    """Nats a token, every token the same; 0 if there is none."""
    tokens = sum(each.tokens for each in found)
    return sum(each.nats for each in found) / tokens if tokens else 0.0


def _nats(model: Any, row: Row) -> tuple[Row, list[float]]:
    """At each counted position."""
    if not row.counted:
        return row, []
    with torch.inference_mode():  # a thread's own
        return row, [float(each) for each in counted_losses(model, row)]


def faster_for(base: Path) -> str:
    """The type of number that this machine computes the losses of a model with faster."""
    model = load_base(base, numbers=torch.float32)
    return str(faster_type(model, ROW_TOKENS)).removeprefix("torch.")


def load_for_scoring(base: Path, *, adapter: Path | None) -> Any:
    """With 32-bit numbers. The adapter is merged into the weights, and then costs nothing."""
    model = load_base(base, numbers=torch.float32)
    if adapter is not None:
        adapted = add_adapter(model, LearnerSettings(), parent=adapter, seed=0)
        tensors = read_adapter(adapter, model=adapted, base=fingerprint(base))
        with torch.no_grad():
            for name, tensor in trainable(adapted).items():
                tensor.copy_(tensors[name])
        model = adapted.merge_and_unload()
    return model.eval()
