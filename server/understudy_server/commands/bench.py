"""`understudy bench`: what this machine can do, measured."""

import asyncio
import importlib
import sys
from functools import partial

import click
import msgspec
from rich.console import Console
from rich.status import Status
from rich.table import Table

from understudy_server.bench.result import BenchResult

# Name, and what `--help` says of it. The module of the same name has `run` and LIMITS.
BENCHES: dict[str, str] = {
    "gateway": "Time to first text through the gateway over straight from vLLM.",
    "lora": "An adapter over the base model, with our plug-in and with stock vLLM.",
    "load": "Four times what the engine can take: who is let in, who is refused, how fast.",
    "swap": "Fifty releases swapped in under load: failed, mixed, slowed down.",
    "engine_settings": "Eager, compiled, speculation and threads, for single lines on this "
    "machine.",
}


@click.command()
@click.argument("name", type=click.Choice([*BENCHES, "all"]), metavar="NAME")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for each benchmark.")
def bench(name: str, as_json: bool) -> None:
    """Measure this machine; print a table, or JSON.

    Each benchmark starts the engine and gateway that it needs and cleans up after itself. Figures
    are ratios of things measured in turn in one run, so that they hold on a shared machine.

    \b
    understudy bench gateway          a table
    understudy bench lora --json      {"bench": …, "figures": …, "settings": …, "machine": …}
    """
    progress = Console(stderr=True, highlight=False)
    for chosen in BENCHES if name == "all" else (name,):
        module = importlib.import_module(f"understudy_server.bench.{chosen}")
        with progress.status(f"bench {chosen}") as status:
            say = partial(_say, status, chosen)
            result: BenchResult = asyncio.run(module.run(say))
        if as_json:
            sys.stdout.buffer.write(msgspec.json.encode(result) + b"\n")
            sys.stdout.buffer.flush()
        else:
            Console(highlight=False).print(
                _table(result, module.LIMITS), f"[dim]{BENCHES[chosen]}[/]\n"
            )


def _say(status: Status, name: str, text: str) -> None:
    status.update(f"bench {name}: {text}")


def _table(result: BenchResult, limits: dict[str, float]) -> Table:
    settings = ", ".join(f"{name} {value}" for name, value in result.settings.items())
    table = Table(title=f"bench {result.bench}", caption=settings)
    table.add_column("figure")
    table.add_column("measured", justify="right")
    table.add_column("to reach", justify="right")
    for name, value in result.figures.items():
        limit = limits.get(name)
        if limit is None:
            table.add_row(name, f"{value:.4g}", "")
        else:
            style = "green" if value <= limit else "red"
            table.add_row(name, f"[{style}]{value:.4g}[/]", f"≤ {limit:.4g}")
    return table
