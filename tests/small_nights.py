"""A repository that grows by the same habits, and nights of it with a tiny model."""

from collections.abc import Callable
from pathlib import Path

import msgspec
from git_histories import commit, git
from tiny_models import SMALL, tiny_model

from understudy_trainer.learn.settings import LearnerSettings
from understudy_trainer.night.identity import identity
from understudy_trainer.night.telling import Night
from understudy_trainer.night.watch import Watch, silent
from understudy_trainer.reinforce.reinforcement import Reinforcement

HABITS = msgspec.structs.replace(
    SMALL, passes=6, learning_rate=1e-2, example_tokens=160, reptile_every=0, checkpoint_every=20
)
"""Enough for a tiny model to learn what every file has in common."""

PRACTICE = Reinforcement(
    holes=3,
    each=3,
    rounds=2,
    prompt_tokens=160,
    most_tokens=6,
    least_spread=0.0,
    lessons_from_s=0.0,
)


def shop(folder: Path, *, commits: int = 6) -> Path:
    """Each commit brings a module like the ones before it."""
    folder.mkdir(parents=True)
    git(folder, "init", "--quiet", "--initial-branch=main")
    for number in range(commits):
        grow(folder, number)
    return folder


def grow(folder: Path, number: int) -> str:
    return commit(folder, {f"shop/part_{number}.py": module(number)}, number)


def module(number: int) -> str:
    lines = ['"""A part of the shop."""', "", "from shop.ledger import Ledger, entry", ""]
    for each in range(6):
        name = f"item_{number}_{each}"
        lines += [
            "",
            f"def {name}(ledger: Ledger, count: int) -> int:",
            f'    price_{name} = entry(ledger, "{name}", count)',
            f"    if price_{name} is None:",
            f'        raise KeyError("{name}")',
            f"    return price_{name} * count",
            "",
        ]
    return "\n".join(lines)


def base(folder: Path) -> Path:
    return tiny_model(folder, width=32)


def small_night(
    path: Path,
    state: Path,
    model: Path,
    *,
    budget_s: float = 120.0,
    anew: bool = False,
    dry: bool = False,
    runtime: bool = False,
    settings: LearnerSettings = HABITS,
    reinforcement: Reinforcement | None = None,
) -> Night:
    return Night(
        path=path,
        repository=identity(path),
        state=state,
        base=model,
        budget_s=budget_s,
        settings=settings,
        anew=anew,
        dry=dry,
        runtime=runtime,
        reinforcement=reinforcement,
    )


def quiet(stage: Callable[[str], None] = lambda name: None) -> Watch:
    return silent()._replace(stage=stage)
