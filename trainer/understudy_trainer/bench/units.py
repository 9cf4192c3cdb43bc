"""`bench units`: what each unit of the curriculum is worth, by leaving one out at a time.

As many steps of learning each, so what is left takes the place of what was left out.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

from understudy_protocol.bench import BenchResult, Limit, Progress, Value
from understudy_releases.paths import embedded_model
from understudy_trainer.bench.taught import (
    Repository,
    asked,
    examples,
    release_history,
    repository,
    teach,
)
from understudy_trainer.curriculum.curriculum import SHARES, UNITS
from understudy_trainer.learn.settings import LearnerSettings
from understudy_trainer.night.proof import prove

WORLD = "click"
HOLES, OTHER = 150, 30
STEPS = 60

LIMITS: dict[str, Limit] = {}


async def run(progress: Progress) -> BenchResult:
    of = repository(release_history(WORLD, progress), holes=HOLES, other=OTHER, seed=0)
    return measure(of, embedded_model(), steps=STEPS, progress=progress)


def measure(
    of: Repository,
    base: Path,
    *,
    steps: int,
    progress: Progress,
    settings: LearnerSettings | None = None,
) -> BenchResult:
    """The gain over the base model in nats a token on new code, with its 95 % interval, of all
    units and without each; and what each was worth: the loss without it less the loss with all."""
    of_base = asked(of, base=base, adapter=None, progress=progress)
    figures: dict[str, float] = {}
    of_all = None
    for left_out in (None, *UNITS):
        name = "all" if left_out is None else f"without_{left_out}"
        shares = dict(SHARES)
        if left_out is not None:
            del shares[left_out]
        with TemporaryDirectory(prefix="understudy-units-") as folder:
            taught = teach(
                of,
                examples(of, seed=0, shares=shares),
                settings or LearnerSettings(),
                base=base,
                steps=steps,
                folder=Path(folder),
                seed=0,
                progress=lambda text, name=name: progress(f"{name}: {text}"),
            )
        of_all = of_all or taught
        over_base = prove(of.sets, base=of_base, parent=of_base, candidate=taught).overall
        figures |= _figures(f"gain_{name}", over_base.gain, over_base.low, over_base.high)
        if left_out is not None:
            worth = prove(of.sets, base=of_base, parent=taught, candidate=of_all).overall
            figures |= _figures(f"worth_of_{left_out}", worth.gain, worth.low, worth.high)
    told: dict[str, Value] = {
        "repository": of.name,
        "holes": len(of.sets["new code"]),
        "steps": steps,
    }
    return BenchResult(figures, told)


def _figures(name: str, value: float, low: float, high: float) -> dict[str, float]:
    return {name: value, f"{name}_low": low, f"{name}_high": high}
