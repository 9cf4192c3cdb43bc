"""`bench repoworld`: agents beside each other on holes that none of them has seen."""

import tempfile
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import get_args

import msgspec

from understudy_protocol.bench import AtLeast, BenchResult, Limit, Progress, Value
from understudy_protocol.errors import ConfigError
from understudy_releases.paths import default_state_dir
from understudy_trainer.borrowed_release import whole_names
from understudy_trainer.repoworld.agent import Agent
from understudy_trainer.repoworld.assistants import WITH_RELEASE, assistants
from understudy_trainer.repoworld.comparison import Comparison, compare
from understudy_trainer.repoworld.controls import CONTROLS
from understudy_trainer.repoworld.report import write_report
from understudy_trainer.repoworld.run import run as run_agents
from understudy_trainer.repoworld.suites import SuiteName, checkout, task_set
from understudy_trainer.repoworld.task_set import Cut, TaskSet
from understudy_typist.machine import machine

LIMITS: dict[str, Limit] = {
    "success_oracle": AtLeast(1.0),
    "success_nothing": 0.0,
    "success_line-above": 0.05,
}

AGENTS = (*CONTROLS, "copy", "base", "base+snippets", "base+copy")
"""That are compared if nobody says which."""

SEED = 0
"""Of the task sets whose figures are published."""

RESULTS = "results.jsonl"


class RepoWorldRun(msgspec.Struct, frozen=True):
    comparison: Comparison
    settings: dict[str, Value]
    page: Path | None
    """The report, if a folder for it was named."""


async def run(progress: Progress) -> BenchResult:
    """The small suite, as one of all benchmarks."""
    done = await run_repoworld(suite="mini", agents=AGENTS, progress=progress)
    figures: dict[str, float] = {}
    for agent in done.comparison.figures.agents:
        figures[f"success_{agent.agent}"] = agent.success
        if agent.loss is not None:
            figures[f"loss_{agent.agent}"] = agent.loss
    return BenchResult(figures, done.settings)


async def run_repoworld(
    *,
    suite: str,
    agents: Sequence[str],
    progress: Progress,
    out: Path | None = None,
    state_dir: Path | None = None,
) -> RepoWorldRun:
    """Compares agents. In the folder `out` the answers are kept, so that a run goes on where it
    was, and the report is written; without it nothing is left. Releases are those in `state_dir`.

    Raises ConfigError for a suite or an agent that there is not, NotFound for such a release.
    """
    state_dir = state_dir or default_state_dir()
    names = tuple(dict.fromkeys(whole_names(agents, state_dir, extras=WITH_RELEASE)))
    if not names:
        raise ConfigError("No agent was named.", f"There are {', '.join(AGENTS)} and releases.")
    progress("making the task set")
    holes = task_set(_suite(suite), seed=SEED, progress=progress)
    async with _agents(names, progress, state_dir) as found:
        return await measure(
            holes,
            found,
            check_out=lambda cut, folder: checkout(cut.world, cut.cut, folder),
            progress=progress,
            out=out,
        )


async def measure(
    holes: TaskSet,
    agents: Sequence[Agent],
    *,
    check_out: Callable[[Cut, Path], Path],
    progress: Progress,
    out: Path | None = None,
) -> RepoWorldRun:
    """`check_out` puts the files of a world at its cut below a folder, and says where."""
    cuts = {cut.world: cut for cut in holes.cuts}
    folders: dict[str, Path] = {}

    with tempfile.TemporaryDirectory(prefix="understudy-repoworld-") as scratch:

        def folder_of(world: str) -> Path:
            if world not in folders:
                folders[world] = check_out(cuts[world], Path(scratch))
            return folders[world]

        results = await run_agents(
            holes,
            agents,
            folder_of=folder_of,
            results=(out or Path(scratch)) / RESULTS,
            progress=progress,
        )
    progress("computing figures")
    comparison = compare(holes, results)
    settings: dict[str, Value] = {
        "suite": holes.suite,
        "seed": holes.seed,
        "task_set": holes.hash,
        "agents": ", ".join(agent.name for agent in agents),
    }
    page = None
    if out is not None:
        page = write_report(
            out,
            task_set=holes,
            results=results,
            comparison=comparison,
            described={**settings, **machine()},
        )
    return RepoWorldRun(comparison, settings, page)


@asynccontextmanager
async def _agents(
    names: Sequence[str], progress: Progress, state_dir: Path
) -> AsyncGenerator[list[Agent]]:
    """In the order of their names; an engine is started only if one of them needs it."""
    by_name: dict[str, Agent] = {name: CONTROLS[name]() for name in names if name in CONTROLS}
    others = [name for name in names if name not in CONTROLS]
    if not others:
        yield list(by_name.values())
        return
    async with assistants(others, progress, state_dir=state_dir) as found:
        by_name.update({agent.name: agent for agent in found})
        yield [by_name[name] for name in names]


def _suite(name: str) -> SuiteName:
    for known in get_args(SuiteName):
        if name == known:
            return known
    raise ConfigError(
        f"There is no suite {name}.", f"Name one of {', '.join(get_args(SuiteName))}."
    )
