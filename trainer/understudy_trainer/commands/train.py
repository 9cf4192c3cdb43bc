"""`understudy train`: one night, or a night for every repository."""

import sys
from collections.abc import Sequence
from pathlib import Path

import click
import msgspec
from rich.console import Console

from understudy_protocol.duration import seconds_of
from understudy_protocol.errors import ConfigError, NotFound, UnderstudyError
from understudy_protocol.night import PLACE_FILE, Place
from understudy_releases.clones import clone_home, note_owner
from understudy_releases.paths import default_state_dir, embedded_model

INTERRUPTED = 130
"""Status of a shell's command that Ctrl-C ended."""


@click.command()
@click.argument("source", required=False)
@click.option("--budget", default="10m", help="Time for the night: 90s, 10m, 1h.  [default: 10m]")
@click.option("--model", type=click.Path(path_type=Path), help="Directory of the base model.")
@click.option("--state-dir", type=click.Path(path_type=Path), help="Where everything is kept.")
@click.option("--seed", type=int, default=0, help="Decides what is drawn by chance.")
@click.option("--anew", is_flag=True, help="Begin at the base model, not at the served release.")
@click.option("--dry-run", is_flag=True, help="Learn and prove, but publish nothing.")
@click.option("--runtime", is_flag=True, help="Run its tests in a sandbox, and learn from that.")
@click.option("--reinforce", is_flag=True, help="Practise on answers, and learn lessons.")
@click.option("--all", "everybody", is_flag=True, help="Every repository that had a night before.")
@click.option("--unlist", is_flag=True, help="Take SOURCE off that list; what it learned stays.")
@click.option("--unless-since", type=int, hidden=True, help="Of --all, those that had none since.")
@click.option("--fim-format", help="As `understudy serve` has it.")
@click.option("--executor", type=click.Choice(["local"]), default="local", help="Where --all runs.")
@click.option("--json", "as_json", is_flag=True, help="Print the night's report as JSON.")
def train(
    source: str | None,
    budget: str,
    model: Path | None,
    state_dir: Path | None,
    seed: int,
    anew: bool,
    dry_run: bool,
    runtime: bool,
    reinforce: bool,
    everybody: bool,
    unlist: bool,
    unless_since: int | None,
    fim_format: str | None,
    executor: str,
    as_json: bool,
) -> None:
    """Learn the repository at SOURCE, a folder or a URL, and promote what is better.

    Learns from its code, its history and what people did with suggestions; proves the result on
    the newest commits, which it did not learn from; and promotes it only if it is better and has
    forgotten little. A running gateway serves it within seconds. The first night of a repository
    puts it on the list of `--all`, and `--unlist` takes it off again. Ctrl-C ends a night, and the
    next one goes on where it was.

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
    if unlist:
        return _unlist(state, source, everybody=everybody)
    if everybody:
        if source is not None:
            raise ConfigError(
                f"Both {source} and --all were given.",
                "Leave one of them out: --all is every repository on the list.",
            )
        options = for_each(
            ("--budget", budget),
            ("--state-dir", state),
            ("--seed", seed),
            ("--model", model),
            ("--fim-format", fim_format),
            ("--anew", anew),
            ("--dry-run", dry_run),
            ("--runtime", runtime),
            ("--reinforce", reinforce),
            ("--json", as_json),
        )
        return _everybody(state, options, unless_since=unless_since)
    try:
        _one(
            source or ".",
            state,
            model or embedded_model(),
            seconds,
            seed=seed,
            anew=anew,
            dry=dry_run,
            runtime=runtime,
            reinforce=reinforce,
            fim_format=fim_format,
            as_json=as_json,
        )
    except KeyboardInterrupt:
        click.echo("Stopped. The same command goes on where this was.", err=True)
        sys.exit(INTERRUPTED)


def for_each(*chosen: tuple[str, object]) -> list[str]:
    """The options with which each night of --all is started.

    >>> for_each(("--seed", 0), ("--model", None), ("--anew", False), ("--dry-run", True))
    ['--seed', '0', '--dry-run']
    """
    options: list[str] = []
    for name, value in chosen:
        if value is True:
            options.append(name)
        elif value is not None and value is not False:
            options += [name, str(value)]
    return options


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
    fim_format: str | None,
    as_json: bool,
) -> None:
    # Only here: `understudy --help` must not import torch.
    from understudy_trainer.learn.settings import LearnerSettings
    from understudy_trainer.learn.whole_file import write_whole
    from understudy_trainer.night.gateway import connected
    from understudy_trainer.night.identity import identity
    from understudy_trainer.night.night import night
    from understudy_trainer.night.pages import note_uneventful, write_pages
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
    if is_url(source):
        note_owner(clone_home(state, source), repository)
    note_uneventful(home)

    def note(text: str) -> None:
        console.print(text, markup=False, soft_wrap=True)

    with connected(state, base, note=note) as gateway, watching(console) as watch:
        record = night(
            Night(
                path=path,
                repository=repository,
                state=state,
                base=base,
                budget_s=seconds,
                settings=LearnerSettings(
                    repository=repository.rpartition("-")[0], fim_format=fim_format
                ),
                seed=seed,
                anew=anew,
                dry=dry,
                runtime=runtime,
                reinforcement=Reinforcement() if reinforce else None,
            ),
            watch,
            gateway=gateway,
        )
    page = None
    try:
        if not dry:
            write_whole(home / PLACE_FILE, msgspec.json.encode(Place(repository, kept)))
        page = write_pages(home, record)
    except OSError as error:
        note(
            f"The night is over, but its page could not be written: {error}. Free space on the disk"
            f" of {home}; the next night writes it."
        )
    if as_json:
        sys.stdout.buffer.write(msgspec.json.encode(record) + b"\n")
    else:
        Console(highlight=False).print(table(record))
        if page is not None:
            console.print(f"The report: {page}")


def _everybody(state: Path, options: Sequence[str], *, unless_since: int | None) -> None:
    from understudy_trainer.night.everybody import known_places, local
    from understudy_trainer.night.source import without_password

    if not known_places(state):
        raise ConfigError(
            f"No repository had a night in {state} yet.",
            "Run the first one by hand: `understudy train PATH`.",
        )
    places = known_places(state, unless_since=unless_since or sys.maxsize)
    failed: list[str] = []
    for ended in local(state, places, options):
        if ended.status:
            failed.append(without_password(ended.place.source))
            click.echo(f"The night of {failed[-1]} failed. {ended.why}", err=True)
    if failed:
        raise UnderstudyError(
            f"The night of {len(failed)} of {len(places)} repositories failed: {failed[0]}.",
            "What is printed above says why; the others are done.",
        )


def _unlist(state: Path, source: str | None, *, everybody: bool) -> None:
    from understudy_trainer.night.everybody import unlist

    if everybody:
        raise ConfigError(
            "Both --unlist and --all were given.", "Name what is to be taken off the list: SOURCE."
        )
    gone = unlist(state, source or ".")
    if not gone:
        raise NotFound(
            f"{source or 'This folder'} is not on the list of {state}.",
            f"`ls {state / 'nights'}` shows the ids of all; name a folder, a URL or an id.",
        )
    for place in gone:
        click.echo(f"{place.repository} has no nights by itself any more.")
