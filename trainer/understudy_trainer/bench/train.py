"""`bench train`: how much of this machine's arithmetic the learner makes use of.

The machine's own rate is measured in turn with the training, on matrices of the model's shapes and
on as many threads of their own, so that what else the machine does slows both.
"""

import time
from pathlib import Path

from understudy_protocol.bench import AtLeast, BenchResult, Limit, Progress
from understudy_releases.fingerprint import fingerprint
from understudy_releases.paths import embedded_model
from understudy_trainer.curriculum.example import Example
from understudy_trainer.learn.abreast import abreast, pieces_for
from understudy_trainer.learn.base_model import linear_shapes
from understudy_trainer.learn.checkpoint import Position, number_type
from understudy_trainer.learn.flops import Work, work_of
from understudy_trainer.learn.learner import Learner, gradients, new_learner
from understudy_trainer.learn.matmul import matmul_rate, threads
from understudy_trainer.learn.rendering import load_form
from understudy_trainer.learn.replay import Replay
from understudy_trainer.learn.rows import Source
from understudy_trainer.learn.settings import LearnerSettings

LIMITS: dict[str, Limit] = {"matmul_share": AtLeast(0.5)}

SECONDS = 30.0
MATMUL_S = 0.5
"""For each measurement of the machine's own rate, one after every step."""

PACKAGE = Path(__file__).parents[1]


async def run(progress: Progress) -> BenchResult:
    """The embedded model, learning the trainer's own code."""
    return measure(embedded_model(), seconds=SECONDS, progress=progress)


def measure(base: Path, *, seconds: float, progress: Progress) -> BenchResult:
    progress("loading the model")
    settings = LearnerSettings(replay_share=0.0)
    learner = new_learner(base, settings, parent=None, digest=fingerprint(base), seed=0)
    form = load_form(base)
    source = Source(own_code(), Replay(), form, settings, seed=0)
    model = learner.model.get_base_model()
    shapes = list(linear_shapes(model).values())
    numbers = number_type(learner.numbers)
    pieces = pieces_for(model, settings.rows_per_step)

    def multiplied(_: int) -> float:
        return matmul_rate(shapes, settings.row_tokens, numbers, seconds=MATMUL_S)

    _step(learner, source, _start(learner))  # the first prepares what the others use
    at = _start(learner)
    forward = backward = machine_flops = machine_s = 0.0
    began = time.perf_counter()
    while at.step == 0 or time.perf_counter() - began < seconds:
        progress(f"step {at.step + 1}")
        for work in _step(learner, source, at):
            forward += work.forward
            backward += work.backward
        machine_flops += MATMUL_S * sum(abreast(multiplied, range(pieces), pieces=pieces))
        machine_s += MATMUL_S
    spent = at.seconds
    rate = (forward + backward) / spent.training()
    machine_rate = machine_flops / machine_s
    return BenchResult(
        {
            "tokens_per_s": at.tokens / spent.training(),
            "model_gflops": rate / 1e9,
            "matmul_gflops": machine_rate / 1e9,
            "matmul_share": rate / machine_rate,
            "matmul_share_forward": forward / spent.forward / machine_rate,
            "matmul_share_backward": backward / spent.backward / machine_rate,
            "share_of_time_data": spent.data / spent.training(),
            "share_of_time_forward": spent.forward / spent.training(),
            "share_of_time_backward": spent.backward / spent.training(),
            "share_of_time_optimiser": spent.optimiser / spent.training(),
            "row_fill": at.tokens / (at.rows * settings.row_tokens),
        },
        {
            "numbers": learner.numbers,
            "rank": learner.rank,
            "row_tokens": settings.row_tokens,
            "rows_per_step": settings.rows_per_step,
            "steps": at.step,
            "threads": threads(),
            "rows_abreast": pieces,
        },
    )


def own_code() -> list[Example]:
    """A hole at every tenth line of the trainer's own files."""
    found: list[Example] = []
    for path in sorted(PACKAGE.rglob("*.py")):
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        for at in range(5, len(lines), 10):
            if not lines[at].strip():
                continue
            indent = len(lines[at]) - len(lines[at].lstrip())
            found.append(
                Example(
                    unit="implementation",
                    path=path.relative_to(PACKAGE).as_posix(),
                    commit="",
                    language="python",
                    prefix="".join(lines[:at]) + lines[at][:indent],
                    middle=lines[at][indent:],
                    suffix="".join(lines[at + 1 :]),
                )
            )
    return found


def _start(learner: Learner) -> Position:
    return Position(night="", numbers=learner.numbers, total=0, wanted=0)


def _step(learner: Learner, source: Source, at: Position) -> list[Work]:
    """One step as the learner takes it."""
    started = time.perf_counter()
    rows = source.next_step(at)
    at.seconds.data += time.perf_counter() - started
    gradients(learner, rows, at.seconds, time.perf_counter)
    started = time.perf_counter()
    learner.update(1e-4)
    at.seconds.optimiser += time.perf_counter() - started
    at.step += 1
    model = learner.model.get_base_model()
    return [work_of(model, row, rank=learner.rank) for row, _ in rows]
