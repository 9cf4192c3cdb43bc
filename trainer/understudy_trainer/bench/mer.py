"""`bench mer`: what replay and Reptile keep of the old, and what they cost of the new.

Six cells, three seeds each: no replay, a quarter, a half; Reptile off and on. All learn as many
steps of click as it was before its newest release, and are asked lines that this brought, and
code of other projects. As in Abbes et al. 2025, arXiv 2508.01908, whose question it is, with an
adapter in place of a model and a repository in place of a language.
"""

from collections.abc import Sequence
from itertools import product
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory

import msgspec

from understudy_protocol.bench import BenchResult, Limit, Progress
from understudy_releases.paths import embedded_model
from understudy_trainer.bench.taught import (
    Repository,
    asked,
    examples,
    release_history,
    repository,
    teach,
)
from understudy_trainer.learn.settings import LearnerSettings
from understudy_trainer.night.proof import Losses, prove

WORLD = "click"
HOLES, OTHER = 100, 100
STEPS = 40
"""Two stretches of Reptile."""
SEEDS = (0, 1, 2)

REPLAY = (0.0, 0.25, 0.5)
REPTILE = {"off": 0, "on": LearnerSettings().reptile_every}

LIMITS: dict[str, Limit] = {"forgetting_over_plain": 0.5, "learned_loss_over_plain": 1.03}


async def run(progress: Progress) -> BenchResult:
    of = repository(release_history(WORLD, progress), holes=HOLES, other=OTHER, seed=0)
    return measure(of, embedded_model(), steps=STEPS, seeds=SEEDS, progress=progress)


def measure(
    of: Repository,
    base: Path,
    *,
    steps: int,
    seeds: Sequence[int],
    progress: Progress,
    settings: LearnerSettings | None = None,
) -> BenchResult:
    """`learned_loss_…` is in nats a token on new code, `forgetting_…` the share by which the loss
    on other code rises above the base model's, both means over the seeds."""
    of_base = asked(of, base=base, adapter=None, progress=progress)
    settings = settings or LearnerSettings()
    figures: dict[str, float] = {}
    for share, (name, every) in product(REPLAY, REPTILE.items()):
        cell = f"{100 * share:.0f}_{name}"
        changed = msgspec.structs.replace(settings, replay_share=share, reptile_every=every)
        learned: list[float] = []
        forgotten: list[float] = []
        for seed in seeds:

            def say(text: str, cell: str = cell, seed: int = seed) -> None:
                progress(f"replay and Reptile {cell}, seed {seed}: {text}")

            with TemporaryDirectory(prefix="understudy-mer-") as folder:
                taught = teach(
                    of,
                    examples(of, seed=seed),
                    changed,
                    base=base,
                    steps=steps,
                    folder=Path(folder),
                    seed=seed,
                    progress=say,
                )
            loss, rise = _told(of, of_base, taught)
            learned.append(loss)
            forgotten.append(rise)
        figures[f"learned_loss_{cell}"] = fmean(learned)
        figures[f"forgetting_{cell}"] = fmean(forgotten)
        figures[f"forgetting_{cell}_least"] = min(forgotten)
        figures[f"forgetting_{cell}_most"] = max(forgotten)
    plain = figures["forgetting_0_off"]
    # Where nothing is forgotten without them, there is nothing to keep.
    figures["forgetting_over_plain"] = (
        max(0.0, figures["forgetting_25_on"]) / plain if plain > 0 else 0.0
    )
    figures["learned_loss_over_plain"] = (
        figures["learned_loss_25_on"] / figures["learned_loss_0_off"]
    )
    return BenchResult(
        figures,
        {
            "repository": of.name,
            "holes": len(of.sets["new code"]),
            "holes_of_other_code": len(of.sets["other code"]),
            "steps": steps,
            "seeds": len(seeds),
            "rank": settings.rank,
            "optimiser": settings.optimiser,
            "learning_rate": settings.learning_rate,
        },
    )


def _told(of: Repository, base: Losses, taught: Losses) -> tuple[float, float]:
    proved = prove(of.sets, base=base, parent=base, candidate=taught)
    return proved.overall.candidate, proved.forgotten_of_other
