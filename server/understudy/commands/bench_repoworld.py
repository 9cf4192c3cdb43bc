"""`understudy bench repoworld`: options and output of its own, since it compares agents."""

import asyncio
import importlib
import sys
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console

from understudy_protocol.bench import Progress, Value
from understudy_typist.machine import machine


class Compared(msgspec.Struct, frozen=True):
    """What `--json` prints."""

    bench: str
    suite: str
    seed: int
    hash: str
    """Of the task set: figures of two hashes do not compare."""
    agents: dict[str, Any]
    """Agent → `success`, `low`, `high`, `n`, `loss` and more."""
    baseline: str | None
    differences: dict[str, Any]
    """Agent → what it has more than the baseline, hole by hole."""
    settings: dict[str, Value]
    machine: dict[str, Value]


def measure_repoworld(
    *,
    suite: str | None,
    agents: str | None,
    out: Path | None,
    tests: bool,
    state_dir: Path | None,
    progress: Progress,
    as_json: bool,
) -> None:
    """Prints JSON or a table. Releases are those in `state_dir`, or in the usual place; `tests` is
    whether those of the repositories judge, too."""
    # Only when it is called, as for every component.
    module = importlib.import_module("understudy_trainer.bench.repoworld")
    names = module.AGENTS if agents is None else [name.strip() for name in agents.split(",")]
    run = module.run_repoworld(
        suite=suite or "mini",
        agents=[name for name in names if name],
        progress=progress,
        out=out,
        state_dir=state_dir,
        tests=tests,
    )
    done = asyncio.run(run)
    if as_json:
        sys.stdout.buffer.write(msgspec.json.encode(compared(done)) + b"\n")
        sys.stdout.buffer.flush()
        return
    console = Console(highlight=False)
    report = importlib.import_module("understudy_trainer.repoworld.report")
    console.print(report.table(done.comparison))
    for name in ("success", "successes_by_tests", "tests_not_run"):
        if name in done.settings:
            told = f"{name.replace('_', ' ')}: {done.settings[name]}"
            console.print(told.capitalize(), markup=False, soft_wrap=True)
    if done.page is not None:
        console.print(f"Report: {done.page}", markup=False, soft_wrap=True)


def compared(done: Any) -> Compared:
    """Of a `RepoWorldRun`."""
    figures = done.comparison.figures
    return Compared(
        bench="repoworld",
        suite=figures.suite,
        seed=figures.seed,
        hash=figures.hash,
        agents={agent.agent: _score(agent) for agent in figures.agents},
        baseline=done.comparison.baseline,
        differences=done.comparison.differences,
        settings=done.settings,
        machine=machine(),
    )


def _score(agent: Any) -> dict[str, Any]:
    """Without kinds and worlds, which the report's figures.json has."""
    every = msgspec.structs.asdict(agent)
    left_out = ("agent", "by_kind", "by_world")
    return {name: value for name, value in every.items() if name not in left_out}
