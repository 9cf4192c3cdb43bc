"""`understudy bench`: what this machine can do, measured."""

import asyncio
import importlib
import sys
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import click
import msgspec
from rich.console import Console
from rich.status import Status
from rich.table import Table

from understudy.commands.bench_repoworld import measure_repoworld
from understudy_protocol.bench import AtLeast, BenchResult, Limit, Progress, Value
from understudy_typist.machine import machine

# Name, the module that has `run` and LIMITS, and what `--help` says of it.
BENCHES: dict[str, tuple[str, str]] = {
    "gateway": (
        "understudy_server.bench.gateway",
        "Time to first text through the gateway over straight from vLLM.",
    ),
    "lora": (
        "understudy_server.bench.lora",
        "An adapter over the base model, with our plug-in and with stock vLLM.",
    ),
    "load": (
        "understudy_server.bench.load",
        "Four times what the engine can take: who is let in, who is refused, how fast.",
    ),
    "swap": (
        "understudy_server.bench.swap",
        "Fifty releases swapped in under load: failed, mixed, slowed down.",
    ),
    "engine_settings": (
        "understudy_server.bench.engine_settings",
        "Eager, compiled, speculation and threads, for single lines on this machine.",
    ),
    "edit": (
        "understudy_lsp.bench.edit",
        "The language server: what it adds, what a key costs, and a session beside Tabby's.",
    ),
    "repoworld": (
        "understudy_trainer.bench.repoworld",
        "Agents beside each other on holes that none of them has seen.",
    ),
    "train": (
        "understudy_trainer.bench.train",
        "The learner: tokens a second, and its share of what this machine can multiply.",
    ),
    "mer": (
        "understudy_trainer.bench.mer",
        "What replay and Reptile keep of the old, and cost of the new: 18 short trainings.",
    ),
    "units": (
        "understudy_trainer.bench.units",
        "What each unit of the curriculum is worth, leaving one out at a time: 4 short trainings.",
    ),
    "conventions": (
        "understudy_trainer.bench.conventions",
        "Whether lessons help reinforcement to find out five planted conventions.",
    ),
    "preference": (
        "understudy_trainer.bench.preference",
        "DPO and KTO on the same pairs of what was preferred and what was refused.",
    ),
}

Run = Callable[[Progress], Coroutine[Any, Any, BenchResult]]


class Measured(msgspec.Struct, frozen=True):
    """What `--json` prints of one benchmark."""

    bench: str
    figures: dict[str, float]
    settings: dict[str, Value]
    machine: dict[str, Value]


@click.command()
@click.argument("name", type=click.Choice([*BENCHES, "all"]), metavar="NAME")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for each benchmark.")
@click.option("--quick", is_flag=True, help="Rough figures in a short time (`edit` only).")
@click.option(
    "--suite",
    type=click.Choice(["mini", "standard"]),
    help="How many holes: hundreds, if not given, or thousands (`repoworld` only).",
)
@click.option(
    "--agents",
    help="Names with commas between; release:VERSION, or releases for what is served in each "
    "world, both with +snippets or +copy (`repoworld` only).",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for a report, in which a run goes on where it was (`repoworld` only).",
)
@click.option(
    "--tests",
    is_flag=True,
    help="Have tests of the repositories judge, too, in a sandbox; takes hours (`repoworld` only).",
)
@click.option(
    "--state-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where releases are, if not in the usual place (`repoworld` only).",
)
def bench(
    name: str,
    as_json: bool,
    quick: bool,
    suite: str | None,
    agents: str | None,
    out: Path | None,
    tests: bool,
    state_dir: Path | None,
) -> None:
    """Measure this machine; print a table, or JSON.

    Each benchmark starts the engine and gateway that it needs and cleans up after itself. Figures
    are ratios of things measured in turn in one run wherever there is something to compare with, so
    that they hold on a shared machine.

    \b
    understudy bench gateway          a table
    understudy bench lora --json      {"bench": …, "figures": …, "settings": …, "machine": …}
    understudy bench repoworld --suite mini --agents oracle,copy,base --out report
    understudy bench repoworld --agents base,release:3f9a,release:3f9a+snippets
    understudy bench repoworld --suite standard --agents base,releases --out report
    """
    progress = Console(stderr=True, highlight=False)
    if name == "repoworld" and not quick:
        with progress.status("bench repoworld") as status:
            say = partial(_say, status, name)
            measure_repoworld(
                suite=suite,
                agents=agents,
                out=out,
                tests=tests,
                state_dir=state_dir,
                progress=say,
                as_json=as_json,
            )
        return
    only = {"suite": suite, "agents": agents, "out": out, "tests": tests or None}
    only |= {"state-dir": state_dir}
    for option, value in only.items():
        if value is not None:
            raise click.UsageError(f"The benchmark {name} has no --{option}.")
    for chosen in BENCHES if name == "all" else (name,):
        path, about = BENCHES[chosen]
        module = importlib.import_module(path)
        if quick and not hasattr(module, "run_quick"):
            raise click.UsageError(f"The benchmark {chosen} has no quick version.")
        run: Run = module.run_quick if quick else module.run
        with progress.status(f"bench {chosen}") as status:
            result = asyncio.run(run(partial(_say, status, chosen)))
        if as_json:
            measured = Measured(chosen, result.figures, result.settings, machine())
            sys.stdout.buffer.write(msgspec.json.encode(measured) + b"\n")
            sys.stdout.buffer.flush()
        else:
            table = _table(chosen, result, module.LIMITS)
            Console(highlight=False).print(table, f"[dim]{about}[/]\n")


def _say(status: Status, name: str, text: str) -> None:
    status.update(f"bench {name}: {text}")


def _table(name: str, result: BenchResult, limits: Mapping[str, Limit]) -> Table:
    settings = ", ".join(f"{setting} {value}" for setting, value in result.settings.items())
    table = Table(title=f"bench {name}", caption=settings)
    table.add_column("figure")
    table.add_column("measured", justify="right")
    table.add_column("to reach", justify="right")
    for figure, value in result.figures.items():
        table.add_row(figure, *cells(value, limits.get(figure)))
    return table


def cells(value: float, limit: Limit | None) -> tuple[str, str]:
    match limit:
        case None:
            return f"{value:.4g}", ""
        case AtLeast(least):
            reached, goal = value >= least, f"≥ {least:.4g}"
        case most:
            reached, goal = value <= most, f"≤ {most:.4g}"
    return f"[{'green' if reached else 'red'}]{value:.4g}[/]", goal
