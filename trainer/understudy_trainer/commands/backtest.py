"""`understudy backtest`: what Understudy would have done for a repository's own history."""

import asyncio
import re
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

if TYPE_CHECKING:
    from understudy_trainer.backtest.nights import Learn
    from understudy_trainer.backtest.run import Watcher


@click.command()
@click.argument("path", type=click.Path(path_type=Path), default=".")
@click.option("--since", metavar="DATE", help="Only commits after it, as git understands dates.")
@click.option("--hunks", type=click.IntRange(1), default=200, help="How many.  [default: 200]")
@click.option("--nights", type=click.IntRange(0), default=6, help="To report by.  [default: 6]")
@click.option(
    "--arms",
    default="base,understudy",
    help="none, copy, base, base+snippets, understudy, release:VERSION (with everything), "
    "release:VERSION+snippets; with --train also reinforcing, whose nights practise on answers."
    "  [default: base,understudy]",
)
@click.option(
    "--train/--no-train",
    default=False,
    help="Train each night on all before it, as an arm beside the others.  [default: no]",
)
@click.option("--budget", default="5m", help="Time for each night that trains.  [default: 5m]")
@click.option("--seed", type=int, default=0, help="Which hunks, and how they are typed.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder of the report.")
@click.option("--resume", is_flag=True, help="Go on with what an earlier run left in it.")
@click.option(
    "--state-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where releases are, if not in the usual place.",
)
@click.option("--model", help="Local directory or hub name.  [default: the embedded model]")
@click.option("--engine-url", help="Use this vLLM.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
def backtest(
    path: Path,
    since: str | None,
    hunks: int,
    nights: int,
    arms: str,
    train: bool,
    budget: str,
    seed: int,
    out: Path | None,
    resume: bool,
    state_dir: Path | None,
    model: str | None,
    engine_url: str | None,
    as_json: bool,
) -> None:
    """Type the history of the repository at PATH again, with and without Understudy.

    A simulated developer types what people committed, through the real language server, gateway
    and vLLM, and takes a suggestion only where it is what was written next. The report says what
    that would have been worth: keystrokes saved, what was shown and taken, night by night. Nothing
    leaves the machine, and nothing is stored but the report, and with --train what the nights made
    beside it.

    \b
    understudy backtest .                      the repository you are in (about 6 minutes)
    understudy backtest . --since "3 months"   what is written these days
    understudy backtest . --resume             go on after Ctrl-C
    understudy backtest . --train --nights 3   what its nights would have brought (longer)
    understudy backtest . --train --arms reinforcing    and whether practice adds to it
    understudy backtest . --arms base,release:3f9a --since "1 week"
    """
    # Only here: `understudy --help` must not import git and numpy.
    from understudy_trainer.backtest.arm import arms_named, with_nights
    from understudy_trainer.backtest.figures import figures
    from understudy_trainer.backtest.report import table, write_report
    from understudy_trainer.backtest.run import run
    from understudy_trainer.backtest.walk import work_of
    from understudy_trainer.json_lines import unwritable

    console = Console(stderr=True, highlight=False)
    wanted = arms_named(with_nights(arms) if train else arms, state_dir)
    learn = _nights(model, engine_url, budget, seed) if train else None
    with console.status("reading the history"):
        work = work_of(path, since=since, hunks=hunks, nights=nights, seed=seed)
    folder = out or Path(f"understudy-backtest-{_slug(work.walk.repository)}")
    serve = [
        *(["--model", model] if model else []),
        *(["--engine-url", engine_url] if engine_url else []),
    ]
    with _progress(console) as watcher:
        found = asyncio.run(
            run(
                work,
                wanted,
                out=folder,
                seed=seed,
                options={"hunks": hunks, "nights": nights, "since": since or "the beginning"},
                resume=resume,
                serve=serve,
                watcher=watcher,
                learn=learn,
            )
        )
    try:
        page = write_report(found, folder)
    except OSError as error:
        raise unwritable(folder, error) from error
    if as_json:
        sys.stdout.write((folder / "report.json").read_text(encoding="utf-8") + "\n")
    else:
        Console(highlight=False).print(table(found, figures(found)))
    for note in found.notes:
        console.print(note, markup=False)
    console.print(f"The report: {page}")
    if not found.complete:
        console.print("It was ended early; `--resume` goes on with it.")
        sys.exit(130)


def _nights(model: str | None, engine_url: str | None, budget: str, seed: int) -> "Learn":
    """Raises ConfigError if the base model is not at hand: what is trained must be what is
    served."""
    from understudy_protocol.duration import seconds_of
    from understudy_protocol.errors import ConfigError
    from understudy_releases.paths import embedded_model
    from understudy_trainer.backtest.learn import nightly

    base = Path(model) if model else embedded_model()
    if (engine_url and not model) or not base.is_dir():
        raise ConfigError(
            "The base model must be at hand to train it.",
            "Name its directory with --model, also where --engine-url serves it.",
        )
    return nightly(base, budget_s=seconds_of(budget), seed=seed)


@contextmanager
def _progress(console: Console) -> Generator["Watcher"]:
    from understudy_trainer.backtest.run import Watcher

    columns = (
        TextColumn("typing"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=None)
        yield Watcher(
            doing=lambda text: bar.update(task, description=text),
            done=lambda done, total: bar.update(task, completed=done, total=total),
        )


def _slug(name: str) -> str:
    return re.sub(r"[^\w.-]+", "-", name)
