r"""Trains the embedded model, on CPU and CUDA alike.

    python -m models.recipe.train --data data.npz --start models/prompter --flat 6 --decay 2
    python -m models.recipe.train --data data.npz --shape large --tokenizer tokenizer.json \
        --batch 262144 --micro 65536 --flat 700 --decay 300

The model is a Qwen3 decoder (`decoder`); vLLM and transformers load what `export` writes. Matrices
are stepped by Muon (Jordan, 2024), embedding and norms by AdamW. The rate warms up, stays flat for
`--flat` million tokens, then falls to zero over `--decay` million: the state before the fall is
kept in `state.pt`, so that a later run, on another machine or with more data, goes on from there
and not from a model whose rate is spent. To let it fall early, give a smaller `--flat`. A run that
was killed goes on from its last checkpoint when the same command is given again. While the file
that the variable UNDERSTUDY_PAUSE names exists, training waits.
"""

import json
import math
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np
import torch
from models.recipe import checkpoints, judging
from models.recipe.archives import RecipeError
from models.recipe.corpus import CACHE
from models.recipe.decoder import Decoder
from models.recipe.export import Shape, export, load_weights, rotations
from models.recipe.packed import MIDDLE, TEXT, load, shifted
from models.recipe.whole import ending_in_a_sentence, teaching, whole
from torch import Tensor, nn

SHAPES = {
    "test": Shape(vocabulary=384, width=32, layers=2, heads=2, kv_heads=1, head=16, inner=64),
    "small": Shape(vocabulary=8192, width=384, layers=6, heads=3, kv_heads=3, head=128, inner=1024),
    "large": Shape(
        vocabulary=12288, width=512, layers=8, heads=4, kv_heads=2, head=128, inner=1408
    ),
}


@dataclass(frozen=True)
class Plan:
    """What a run does. Tokens are millions."""

    flat: float
    decay: float
    batch: int = 8192
    """Tokens of one optimiser step."""
    micro: int = 8192
    """Tokens that go through the model at once."""
    middles: float = MIDDLE / TEXT
    """What a token of a middle counts, against one of the text around."""
    scale: float = 1.0
    """Of both rates. Less than 1 when starting from a model that was trained to the end."""
    warmup: int = 60
    """Steps."""
    muon_rate: float = 0.02
    adam_rate: float = 0.003
    weight_decay: float = 0.01
    seed: int = 0
    save_every: float = 240.0
    """Seconds between checkpoints."""
    judge_every: float = 1800.0
    """Seconds between evaluations on held-out rows."""
    compiled: bool = True


# The loss


def token_losses(logits: Tensor, targets: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    """Loss of every token, and the gradient of their weighted sum by the logits."""
    logits = logits.float()
    norm = torch.logsumexp(logits, -1)
    losses = norm - logits.gather(1, targets[:, None]).squeeze(1)
    chosen = torch.arange(logits.shape[1], device=logits.device)[None] == targets[:, None]
    slope = (torch.exp(logits - norm[:, None]) - chosen.float()) * weights[:, None]
    return losses, slope


class HeadLoss(torch.autograd.Function):
    """Weighted cross-entropy of the tied head, 2,048 tokens at a time.

    The gradients are made on the way forward, so that the logits (the largest thing by far) never
    exist as a whole.
    """

    @staticmethod
    def forward(
        ctx: Any, hidden: Tensor, table: Tensor, targets: Tensor, weights: Tensor, losses_of: Any
    ):
        by_hidden, by_table = torch.empty_like(hidden), torch.zeros_like(table)
        losses = torch.empty(hidden.shape[0], device=hidden.device)
        small = table.to(hidden.dtype)
        for start in range(0, hidden.shape[0], 2048):
            part = slice(start, start + 2048)
            losses[part], slope = losses_of(hidden[part] @ small.t(), targets[part], weights[part])
            slope = slope.to(hidden.dtype)
            by_hidden[part] = slope @ small
            by_table += slope.t() @ hidden[part]
        ctx.save_for_backward(by_hidden, by_table)
        return (losses * weights).sum(), losses

    @staticmethod
    def backward(ctx: Any, by_sum: Tensor, by_losses: Tensor):
        by_hidden, by_table = ctx.saved_tensors
        return by_hidden * by_sum.to(by_hidden.dtype), by_table * by_sum, None, None, None


# The optimisers


class Muon:
    """Momentum, made orthogonal by five Newton-Schulz steps (Jordan, 2024, "Muon").

    Matrices of one shape are stacked and stepped at once, which is three times as fast on a CPU.
    """

    def __init__(
        self, parameters: Sequence[nn.Parameter], rate: float, weight_decay: float
    ) -> None:
        self.rate, self.weight_decay = rate, weight_decay
        self.parameters = list(parameters)
        self.momenta = [torch.zeros_like(parameter) for parameter in self.parameters]
        self.groups: dict[tuple[int, ...], list[int]] = {}
        for number, parameter in enumerate(self.parameters):
            self.groups.setdefault(tuple(sorted(parameter.shape)), []).append(number)

    @torch.no_grad()
    def step(self, scale: float, momentum: float, dtype: torch.dtype) -> None:
        for numbers in self.groups.values():
            wide = []
            for number in numbers:
                slope = self.parameters[number].grad
                if slope is None:
                    raise AssertionError("every matrix takes part in the loss")
                held = self.momenta[number].lerp_(slope, 1 - momentum)
                step = slope.lerp(held, momentum)
                wide.append(step.t() if step.shape[0] > step.shape[1] else step)
            for number, step in zip(numbers, orthogonal(torch.stack(wide).to(dtype)), strict=True):
                parameter = self.parameters[number]
                rows, columns = parameter.shape
                parameter.mul_(1 - self.rate * scale * self.weight_decay)
                size = self.rate * scale * max(1, rows / columns) ** 0.5
                parameter.add_(step.t() if rows > columns else step, alpha=-size)
                parameter.grad = None


def orthogonal(x: Tensor) -> Tensor:
    """Each of a stack of wide matrices [count, rows, columns], its singular values pulled to 1."""
    a, b, c = 3.4445, -4.7750, 2.0315
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    for _ in range(5):
        square = x @ x.mT
        x = torch.baddbmm(x, torch.baddbmm(square, square, square, beta=b, alpha=c), x, beta=a)
    return x


def rate_scale(plan: Plan, step: int, tokens: int, decay_from: float) -> float:
    """Warm-up, flat, then a straight line to zero over the decay."""
    warm = min(1.0, (step + 1) / plan.warmup)
    done = (tokens - decay_from) / (plan.decay * 1e6) if plan.decay else 0.0
    return plan.scale * warm * min(1.0, max(0.0, 1.0 - done))


# The run


class Run:
    """A model in training, and where in its data it stands."""

    def __init__(self, plan: Plan, shape: Shape, device: str) -> None:
        torch.manual_seed(plan.seed)
        self.plan, self.shape, self.device = plan, shape, device
        self.dtype = arithmetic(device)
        self.model = Decoder(shape).to(device)
        named = list(self.model.named_parameters())
        matrices = [p for name, p in named if p.dim() == 2 and not name.startswith("embed")]
        others = [p for name, p in named if p.dim() == 1 or name.startswith("embed")]
        self.muon = Muon(matrices, plan.muon_rate, plan.weight_decay)
        self.adam = torch.optim.AdamW(
            others, lr=plan.adam_rate, betas=(0.9, 0.95), weight_decay=0.0, fused=True
        )
        self.hidden = torch.compile(self.model) if plan.compiled else self.model
        self.losses_of = torch.compile(token_losses) if plan.compiled else token_losses
        self.step = self.tokens = self.row = 0
        self.data = self.start = ""
        self.decay_from = math.inf

    def state(self) -> dict[str, Any]:
        return {
            "shape": asdict(self.shape),
            "model": self.model.state_dict(),
            "momenta": self.muon.momenta,
            "adam": self.adam.state_dict(),
            "at": [self.step, self.tokens, self.row, self.data, self.decay_from],
            "decay": self.plan.decay,
            "start": self.start,
        }

    def restore(self, state: dict[str, Any]) -> None:
        self.model.load_state_dict(state["model"])
        for momentum, kept in zip(self.muon.momenta, state["momenta"], strict=True):
            momentum.copy_(kept)
        self.adam.load_state_dict(state["adam"])
        self.step, self.tokens, self.row, self.data, self.decay_from = state["at"]

    def losses(self, ids: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
        """Weighted loss (the weights sum to what the caller made them) and the loss per token."""
        turn = rotations(self.shape, ids.shape[1], self.device, self.dtype)
        with torch.autocast(self.device, self.dtype, enabled=self.dtype != torch.float32):
            hidden = self.hidden(ids, turn).reshape(-1, self.shape.width)
        table = self.model.embed_tokens.weight
        targets = ids.roll(-1, 1).reshape(-1)
        return HeadLoss.apply(hidden, table, targets, weights.reshape(-1), self.losses_of)

    def advance(self, ids: np.ndarray, weights: np.ndarray) -> dict[str, float]:
        """One optimiser step on the next rows."""
        plan, window = self.plan, ids.shape[1]
        scale = rate_scale(plan, self.step, self.tokens, self.decay_from)
        rows = max(1, plan.batch // window)
        micro = min(rows, max(1, plan.micro // window))
        sums = torch.zeros(4)
        take = np.arange(self.row, self.row + rows) % len(ids)
        total = float(weighed(shifted(weights[take]), plan.middles).sum())
        for start in range(0, rows, micro):
            part = take[start : start + micro]
            x = torch.from_numpy(ids[part].astype(np.int64)).to(self.device)
            kinds = shifted(weights[part])
            w = torch.from_numpy(weighed(kinds, plan.middles)).to(self.device)
            loss, each = self.losses(x, w / total)
            loss.backward()
            each, of_kind = each.float(), torch.from_numpy(kinds).to(self.device).reshape(-1)
            for at, kind in enumerate((TEXT, MIDDLE)):
                chosen = of_kind == kind
                sums[2 * at] += each[chosen].sum().item()
                sums[2 * at + 1] += chosen.sum().item()
            wait_while_paused()
        for group in self.adam.param_groups:
            group["lr"] = plan.adam_rate * scale
        self.adam.step()
        self.muon.step(scale, 0.85 + 0.1 * min(1.0, self.step / 200), self.dtype)
        self.adam.zero_grad(set_to_none=True)
        self.step += 1
        self.tokens += rows * window
        self.row = (self.row + rows) % len(ids)
        return {"text": ratio(sums[0], sums[1]), "middle": ratio(sums[2], sums[3]), "rate": scale}


def train(
    run: Run,
    data: Path,
    out: Path,
    held: judging.HeldOut | None = None,
    *,
    tokenizer: Path | None = None,
) -> Iterator[dict[str, float]]:
    """Steps until the plan is fulfilled, with checkpoints; yields a report of each step."""
    ids, weights, about = load(data, tokenizer=tokenizer)
    if int(ids.max()) >= run.shape.vocabulary:
        raise RecipeError(
            f"{data} has token ids beyond the model's vocabulary of {run.shape.vocabulary}.",
            "Make the data with the tokenizer of this model.",
        )
    if run.data != about["check"]:
        run.data, run.row = str(about["check"]), 0
    plan, saved, judged = run.plan, time.monotonic(), -math.inf
    while True:
        if math.isinf(run.decay_from) and run.tokens >= plan.flat * 1e6:
            save(run, out / "state.pt")
            run.decay_from = run.tokens
        if run.tokens >= run.decay_from + plan.decay * 1e6:
            break
        started = time.monotonic()
        report = run.advance(ids, weights)
        report |= {"step": run.step, "tokens": run.tokens}
        report["tokens_per_second"] = plan.batch / (time.monotonic() - started)
        if held and time.monotonic() - judged > plan.judge_every:
            report |= judging.judge(run.model, held, run.device, run.dtype)
            judged = time.monotonic()
        if time.monotonic() - saved > plan.save_every:
            save(run, out / ("state.pt" if math.isinf(run.decay_from) else "decay.pt"))
            saved = time.monotonic()
        yield report
    save(run, out / "decay.pt")
    if held:
        judgement = judging.judge(run.model, held, run.device, run.dtype)
        yield {"step": run.step, "tokens": run.tokens, **judgement}


def save(run: Run, path: Path) -> None:
    """The checkpoint appears whole or not at all; the one before it stays until then."""
    remedy = "Make room (about 12 bytes a parameter, twice) and give the same command again."
    with whole(path, remedy) as partial, partial.open("wb") as file:
        torch.save(run.state(), file)


def open_run(plan: Plan, out: Path, start: Path | None, shape: Shape, device: str) -> Run:
    """The run in `out` as far as it came, else one that begins at `start` or at nothing."""
    weights = None
    if start:
        shape, weights = load_weights(start)
    began = checkpoints.print_of(weights)
    state = checkpoints.latest(out, device, flat=plan.flat, decay=plan.decay)
    if state:
        checkpoints.refuse_another(state, out, shape, began)
    run = Run(plan, shape, device)
    run.start = began
    if state:
        run.restore(state)
    elif weights:
        run.model.load_state_dict(weights)
    return run


def arithmetic(device: str) -> torch.dtype:
    """bfloat16 where the processor multiplies it, else float32, which is as fast there."""
    if device == "cuda":
        return torch.bfloat16
    has_bf16 = torch.cpu._is_amx_tile_supported() or torch.cpu._is_avx512_bf16_supported()
    return torch.bfloat16 if has_bf16 else torch.float32


def greeting(run: Run) -> str:
    size = sum(parameter.numel() for parameter in run.model.parameters())
    said = f"{size / 1e6:.1f}M parameters, {run.dtype} on {run.device}, at {run.tokens / 1e6:.1f}M"
    if run.dtype == torch.float32:
        said += "\nThis processor has neither AMX nor AVX-512 BF16: expect a third of the speed."
    return said


def weighed(kinds: np.ndarray, middles: float) -> np.ndarray:
    return np.where(kinds == MIDDLE, np.float32(TEXT * middles), kinds)


def ratio(total: Tensor, count: Tensor) -> float:
    return float(total / count) if count else math.nan


def wait_while_paused() -> None:
    flag = os.environ.get("UNDERSTUDY_PAUSE")
    while flag and os.path.exists(flag):
        time.sleep(2)


path_type = click.Path(path_type=Path)


@click.command(help=teaching(__doc__))
@click.option("--data", type=path_type, required=True, help="Rows from models.recipe.data.")
@click.option("--held-out", type=path_type, help="Rows from models.recipe.evaluate rows.")
@click.option("--start", type=path_type, help="Begin with the weights of this model folder.")
@click.option("--shape", type=click.Choice(list(SHAPES)), default="small", help="Without --start.")
@click.option("--tokenizer", type=path_type, help="For the exported model; else --start's.")
@click.option("--flat", type=float, required=True, help="Million tokens before the decay.")
@click.option("--decay", type=float, required=True, help="Million tokens of decay.")
@click.option("--batch", default=8192, help="Tokens of one optimiser step.")
@click.option("--micro", default=8192, help="Tokens in the model at once: memory.")
@click.option("--scale", default=1.0, help="Of the rates; 0.4 when starting from a trained model.")
@click.option("--middles", default=MIDDLE / TEXT, help="What a middle's token counts, of a text's.")
@click.option("--threads", type=int, help="On a CPU; all by default.")
@click.option("--out", type=path_type, default=CACHE / "run", help="Checkpoints, log and model.")
def main(**given: Any) -> None:
    out: Path = given["out"]
    if given["threads"]:
        torch.set_num_threads(given["threads"])
    plan = Plan(
        **{name: given[name] for name in ("flat", "decay", "batch", "micro", "scale", "middles")},
        compiled=given["shape"] != "test",  # which takes longer to compile than to train
    )
    tokenizer = given["tokenizer"] or (given["start"] and given["start"] / "tokenizer.json")
    if not tokenizer or not tokenizer.exists():
        raise click.UsageError("Name the tokenizer that made the data: --tokenizer FILE.")
    device = "cuda" if torch.cuda.is_available() else "cpu"
    run = open_run(plan, out, given["start"], SHAPES[given["shape"]], device)
    click.echo(greeting(run))
    held = judging.read(given["held_out"]) if given["held_out"] else None
    out.mkdir(parents=True, exist_ok=True)
    with (out / "log.jsonl").open("a", buffering=1) as log:
        for report in train(run, given["data"], out, held, tokenizer=tokenizer):
            log.write(json.dumps(report) + "\n")
            if run.step % 10 == 0 or "hole_loss" in report:
                click.echo("  ".join(f"{name} {value:.4g}" for name, value in report.items()))
    export(run.model, out / "model", tokenizer)
    click.echo(f"The model is in {out / 'model'}; judge it with python -m models.recipe.evaluate.")


if __name__ == "__main__":
    ending_in_a_sentence(main)
