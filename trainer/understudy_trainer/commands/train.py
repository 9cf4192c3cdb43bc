"""`understudy train`: one night, or a night for every repository."""

import sys
from pathlib import Path

import click
import msgspec
from rich.console import Console

from understudy_protocol.duration import seconds_of
from understudy_protocol.errors import ConfigError, UnderstudyError
from understudy_protocol.night import PLACE_FILE, Place
from understudy_releases.paths import default_state_dir, embedded_model


@click.command()
@click.argument("source", default=".")
@click.option("--budget", default="10m", help="Time for the night: 90s, 10m, 1h.  [default: 10m]")
@click.option("--model", type=click.Path(path_type=Path), help="Directory of the base model.")
@click.option("--state-dir", type=click.Path(path_type=Path), help="Where everything is kept.")
@click.option("--seed", type=int, default=0, help="Decides what is drawn by chance.")
@click.option("--anew", is_flag=True, help="Begin at the base model, not at the served release.")
@click.option("--dry-run", is_flag=True, help="Learn and prove, but publish nothing.")
@click.option("--runtime", is_flag=True, help="Run its tests in a sandbox, and learn from that.")
@click.option("--reinforce", is_flag=True, help="Practise on answers, and learn lessons.")
@click.option("--all", "everybody", is_flag=True, help="Every repository that had a night before.")
@click.option("--executor", type=click.Choice(["local"]), default="local", help="Where --all runs.")
@click.option("--json", "as_json", is_flag=True, help="Print the night's report as JSON.")
def train(
    source: str,
    budget: str,
    model: Path | None,
    state_dir: Path | None,
    seed: int,
    anew: bool,
    dry_run: bool,
    runtime: bool,
    reinforce: bool,
    everybody: bool,
    executor: str,
    as_json: bool,
) -> None:
    """Learn the repository at SOURCE, a folder or a URL, and promote what is better.

    Learns from its code, its history and what people did with suggestions; proves the result on
    the newest commits, which it did not learn from; and promotes it only if it is better and has
    forgotten little. A running gateway serves it within a second. The first night of a repository
    puts it on the list of `--all`.

    With --reinforce a quarter of the time goes into practice: the model answers, its answers are
    judged, and what was wrong becomes lessons (`understudy lessons`). It is used only if it helps.

    \b
    understudy train .                     one night, ten minutes
    understudy train . --dry-run           see what a night would bring
    understudy train --all --budget 5m     everybody's night, for cron
    understudy releases rollback ID        undo a promotion
    """
    state = state_dir or default_state_dir()
    seconds = seconds_of(budget)
    if everybody:
        sys.exit(_everybody(state, budget, model, as_json))
    base = model or embedded_model()
    _one(
        source,
        state,
        base,
        seconds,
        seed=seed,
        anew=anew,
        dry=dry_run,
        runtime=runtime,
        reinforce=reinforce,
        as_json=as_json,
    )


def _one(
    source: str,
    state: Path,
    base: Path,
    seconds: float,
    *,
    seed: int,
    anew: bool,
    dry: bool,
    runtime: bool,
    reinforce: bool,
    as_json: bool,
) -> None:
    # Only here: `understudy --help` must not import torch.
    from understudy_trainer.learn.settings import LearnerSettings
    from understudy_trainer.learn.whole_file import write_whole
    from understudy_trainer.night.gateway import connected
    from understudy_trainer.night.identity import identity
    from understudy_trainer.night.night import night
    from understudy_trainer.night.pages import write_pages
    from understudy_trainer.night.source import is_url, working_tree
    from understudy_trainer.night.table import table
    from understudy_trainer.night.telling import Night
    from understudy_trainer.night.watch import watching
    from understudy_trainer.reinforce.reinforcement import Reinforcement

    console = Console(stderr=True, highlight=False)
    path = working_tree(source, state)
    repository = identity(path)
    home = state / "nights" / repository
    kept = source if is_url(source) else str(path.resolve())
    write_whole(home / PLACE_FILE, msgspec.json.encode(Place(repository, kept)))
    with connected(state, base) as gateway, watching(console) as watch:
        record = night(
            Night(
                path=path,
                repository=repository,
                state=state,
                base=base,
                budget_s=seconds,
                settings=LearnerSettings(repository=repository.rpartition("-")[0]),
                seed=seed,
                anew=anew,
                dry=dry,
                runtime=runtime,
                reinforcement=Reinforcement() if reinforce else None,
            ),
            watch,
            gateway=gateway,
        )
    page = write_pages(home, record)
    if as_json:
        sys.stdout.buffer.write(msgspec.json.encode(record) + b"\n")
    else:
        Console(highlight=False).print(table(record))
        if page is not None:
            console.print(f"The report: {page}")


def _everybody(state: Path, budget: str, model: Path | None, as_json: bool) -> int:
    """How many nights failed, 0 or 1 for a shell."""
    from understudy_trainer.night.everybody import known_places, local

    places = known_places(state)
    if not places:
        raise ConfigError(
            f"No repository had a night in {state} yet.",
            "Run the first one by hand: `understudy train PATH`.",
        )
    options = ["--budget", budget, "--state-dir", str(state)]
    options += ["--model", str(model)] if model else []
    options += ["--json"] if as_json else []
    failed = [ended.place.source for ended in local(places, options) if ended.status]
    if failed:
        raise UnderstudyError(
            f"The night of {len(failed)} of {len(places)} repositories failed: {failed[0]}.",
            "What is printed above says why; the others are done.",
        )
    return 0
