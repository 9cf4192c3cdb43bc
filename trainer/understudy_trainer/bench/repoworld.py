"""`bench repoworld`: agents beside each other on holes that none of them has seen."""

import tempfile
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import get_args

import msgspec

from understudy_protocol.bench import AtLeast, BenchResult, Limit, Progress, Value
from understudy_protocol.errors import ConfigError
from understudy_releases.paths import default_state_dir
from understudy_trainer.repoworld.agent import Agent
from understudy_trainer.repoworld.assistants import assistants, learned, whole
from understudy_trainer.repoworld.comparison import Comparison, compare
from understudy_trainer.repoworld.controls import CONTROLS
from understudy_trainer.repoworld.judging import Judged, judge
from understudy_trainer.repoworld.report import write_report
from understudy_trainer.repoworld.run import run as run_agents
from understudy_trainer.repoworld.sandbox import run_in_sandbox
from understudy_trainer.repoworld.suites import SuiteName, checkout, pinned_world, task_set
from understudy_trainer.repoworld.task_set import Cut, TaskSet
from understudy_trainer.repoworld.trial import Sandbox
from understudy_trainer.repoworld.unseen import check_unseen
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
VERDICTS = "verdicts.jsonl"


CheckOut = Callable[[Cut, Path], Path]
"""Puts files of a world below a folder, and says where."""


def _at_the_cut(cut: Cut, folder: Path) -> Path:
    return checkout(cut.world, cut.cut, folder)


def _at_the_end(cut: Cut, folder: Path) -> Path:
    return checkout(cut.world, cut.until, folder)


class RepositoryTests(msgspec.Struct, frozen=True):
    """What it takes to judge by them."""

    check_out: CheckOut = _at_the_end
    """Of the files as they were when holes were cut from them."""
    sandbox: Sandbox = run_in_sandbox


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
    tests: bool = False,
) -> RepoWorldRun:
    """Compares agents. In the folder `out` the answers are kept, so that a run goes on where it
    was, and the report is written; without it nothing is left. Releases are those in `state_dir`.
    With `tests`, those of the repositories judge, too.

    Raises ConfigError for a suite or an agent that there is not, NotFound for such a release.
    """
    state_dir = state_dir or default_state_dir()
    names = tuple(dict.fromkeys(whole(agents, state_dir)))
    if not names:
        raise ConfigError("No agent was named.", f"There are {', '.join(AGENTS)} and releases.")
    progress("making the task set")
    holes = task_set(_suite(suite), seed=SEED, progress=progress)
    check_unseen(learned(names, state_dir), ((pinned_world(cut.world), cut) for cut in holes.cuts))
    async with _agents(names, progress, state_dir) as found:
        return await measure(
            holes,
            found,
            check_out=_at_the_cut,
            progress=progress,
            out=out,
            tests=RepositoryTests() if tests else None,
        )


async def measure(
    holes: TaskSet,
    agents: Sequence[Agent],
    *,
    check_out: CheckOut,
    progress: Progress,
    out: Path | None = None,
    tests: RepositoryTests | None = None,
) -> RepoWorldRun:
    """`check_out` is of the files at the cut. Without `tests` answers are judged by their text."""
    with tempfile.TemporaryDirectory(prefix="understudy-repoworld-") as scratch:
        kept = out or Path(scratch)
        results = await run_agents(
            holes,
            agents,
            folder_of=_once(check_out, holes, Path(scratch, "cut")),
            results=kept / RESULTS,
            progress=progress,
        )
        judged = None
        if tests is not None:
            # Only now is there a folder with the true text in it.
            judged = await judge(
                holes,
                results,
                folder_of=_once(tests.check_out, holes, Path(scratch, "end")),
                verdicts=kept / VERDICTS,
                sandbox=tests.sandbox,
                progress=progress,
            )
            results = judged.results
    progress("computing figures")
    comparison = compare(holes, results)
    settings: dict[str, Value] = {
        "suite": holes.suite,
        "seed": holes.seed,
        "task_set": holes.hash,
        "agents": ", ".join(agent.name for agent in agents),
        **described(judged),
    }
    page = None
    if out is not None:
        page = write_report(
            out,
            task_set=holes,
            results=results,
            comparison=comparison,
            described={**settings, **machine()},
            tests=judged,
        )
    return RepoWorldRun(comparison, settings, page)


def described(judged: Judged | None) -> dict[str, Value]:
    """How successes were told."""
    if judged is None:
        return {"success": "exact text or equal tree"}
    by_tests = ", ".join(f"{agent} {count}" for agent, count in judged.by_tests.items())
    facts: dict[str, Value] = {
        "success": "exact text, equal tree or passing tests",
        "holes_for_tests": judged.asked,
        "holes_that_tests_tell_of": judged.told,
        "successes_by_tests": by_tests,
    }
    return facts | ({"tests_not_run": judged.note} if judged.note else {})


def _once(check_out: CheckOut, holes: TaskSet, folder: Path) -> Callable[[str], Path]:
    """World → its files below the folder, put there when they are asked for first."""
    cuts = {cut.world: cut for cut in holes.cuts}
    folder.mkdir()

    @cache
    def folder_of(world: str) -> Path:
        return check_out(cuts[world], folder)

    return folder_of


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
