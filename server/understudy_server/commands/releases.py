"""`understudy releases`: what was learned, what is served, and changing that."""

import time
from itertools import groupby
from pathlib import Path
from typing import Any

import click
import msgspec
from rich.console import Console
from rich.table import Table

from understudy_protocol.errors import NotFound, UnderstudyError
from understudy_protocol.release import (
    Proof,
    ReleaseManifest,
    ReleaseVersion,
    ServingHistory,
    served,
    standing,
)
from understudy_protocol.repository import RepositoryId
from understudy_releases import promotions
from understudy_releases.paths import default_state_dir
from understudy_releases.promotions import Rejection
from understudy_releases.releases import either, find, read_release, repositories, versions
from understudy_releases.verification import verify

BASE = "base"


class ReleaseRow(msgspec.Struct, frozen=True):
    """One line of `list`; a damaged release has a problem instead of a manifest."""

    repository: RepositoryId
    version: ReleaseVersion
    state: str
    """`served`, `refused` (promoted, but the gateway cannot serve it), `stood` (a rollback may
    return to it), `damaged` or `""`."""
    manifest: ReleaseManifest | None
    problem: str | None


state_dir_option = click.option(
    "--state-dir",
    type=click.Path(path_type=Path),
    default=default_state_dir,
    show_default=False,
    help="Where everything is kept.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
reason_option = click.option("--reason", default="by hand", help="Kept in the serving history.")


@click.group()
def releases() -> None:
    """Look at what was learned, and choose what is served.

    A running gateway follows within a second; without one, the choice holds from its next start.
    A version may be shortened as long as it is clear.

    \b
    understudy releases list
    understudy releases show 3f9a
    understudy releases promote 3f9a --reason "tried it for a day"
    understudy releases rollback click-3f9a1c2b8d4e
    """


@releases.command("list")
@click.argument("repository", required=False)
@json_option
@state_dir_option
def list_releases(repository: str | None, as_json: bool, state_dir: Path) -> None:
    """Every release, of REPOSITORY or of all, oldest first."""
    releases_dir = state_dir / "releases"
    chosen = (
        repositories(releases_dir) if repository is None else [_known(releases_dir, repository)]
    )
    rows = [row for one in chosen for row in _rows(releases_dir, one)]
    if as_json:
        click.echo(msgspec.json.encode(rows))
        return
    if not rows:
        click.echo(f"No releases in {releases_dir} yet; a night of training publishes one.")
        return
    for one, its_rows in groupby(rows, key=lambda row: row.repository):
        table = Table("version", "made", "base model", "gain, nats a token", "state", title=one)
        table.columns[0].no_wrap = True
        for row in its_rows:
            table.add_row(row.version, *_cells(row.manifest), row.state)
        Console().print(table)
    for one in chosen:
        if (rejected := _standing_rejection(releases_dir, one)) is not None:
            click.echo(f"{one}: {rejected.problem} {rejected.remedy}", err=True)
    for row in rows:
        if row.problem is not None:
            click.echo(row.problem, err=True)


@releases.command()
@click.argument("version")
@json_option
@state_dir_option
def show(version: str, as_json: bool, state_dir: Path) -> None:
    """Verify every file of VERSION and print its manifest and its serving history."""
    releases_dir = state_dir / "releases"
    repository, found = find(releases_dir, version)
    release = verify(releases_dir, repository, found, model=None)
    history = promotions.history(releases_dir, repository)
    rejected = _standing_rejection(releases_dir, repository)
    about: dict[str, Any] = {
        "version": found,
        "is_served": served(history) == found and rejected is None,
        "manifest": release.manifest,
        "promotions": [one for one in history.promotions if one.version == found],
        "rejected": rejected if rejected is not None and rejected.version == found else None,
    }
    if as_json:
        click.echo(msgspec.json.encode(about))
        return
    table = Table(show_header=False)
    table.add_row("version", found)
    for name, text in _described(release.manifest):
        table.add_row(name, text)
    for one in about["promotions"]:
        verb = "rolled back to" if one.rollback else "promoted"
        table.add_row(verb, f"{_date(one.at)}: {one.reason}")
    Console().print(table)
    click.echo("Every file is as the manifest says.")
    if about["rejected"] is not None:
        click.echo(f"The gateway refused it: {about['rejected'].problem}", err=True)


@releases.command()
@click.argument("version")
@reason_option
@state_dir_option
def promote(version: str, reason: str, state_dir: Path) -> None:
    """Verify VERSION and serve it from here on."""
    releases_dir = state_dir / "releases"
    repository, found = find(releases_dir, version)
    before = promotions.history(releases_dir, repository)
    after = promotions.promote(releases_dir, repository, found, reason=reason)
    if after == before:
        click.echo(f"{found} of {repository} is promoted already.")
        return
    click.echo(f"{found} of {repository} is promoted; before it was {_name(before)}.")


@releases.command()
@click.argument("repository")
@reason_option
@state_dir_option
def rollback(repository: str, reason: str, state_dir: Path) -> None:
    """Serve what was served before the newest promotion; again: what was served before that.

    Rolling back the first promotion leaves the base model.
    """
    releases_dir = state_dir / "releases"
    known = _known(releases_dir, repository)
    before = promotions.history(releases_dir, known)
    after = promotions.roll_back(releases_dir, known, reason=reason)
    click.echo(f"{_name(before)} of {known} is rolled back; {_name(after)} is served.")


def _known(releases_dir: Path, repository: str) -> RepositoryId:
    """The repository with that id, or whose id alone begins with it."""
    known = repositories(releases_dir)
    found = [one for one in known if one == repository] or [
        one for one in known if repository and one.startswith(repository)
    ]
    if len(found) == 1:
        return found[0]
    which = f"could be {either(found)}" if found else f"has no releases in {releases_dir}"
    raise NotFound(
        f"The repository {repository!r} {which}.",
        "`understudy releases list` shows the repositories that have some.",
    )


def _rows(releases_dir: Path, repository: RepositoryId) -> list[ReleaseRow]:
    history = promotions.history(releases_dir, repository)
    rejected = _standing_rejection(releases_dir, repository)
    rows: list[ReleaseRow] = []
    for version in versions(releases_dir, repository):
        try:
            manifest, problem = read_release(releases_dir, repository, version).manifest, None
        except UnderstudyError as error:
            manifest, problem = None, str(error)
        state = _state(version, history, rejected) if manifest is not None else "damaged"
        rows.append(ReleaseRow(repository, version, state, manifest, problem))
    return sorted(rows, key=lambda row: row.manifest.created_at if row.manifest else 0)


def _state(version: ReleaseVersion, history: ServingHistory, rejected: Rejection | None) -> str:
    if version == served(history):
        return "served" if rejected is None else "refused"
    return "stood" if version in standing(history) else ""


def _standing_rejection(releases_dir: Path, repository: RepositoryId) -> Rejection | None:
    """The gateway's note, if it is about what is promoted at present."""
    rejected = promotions.rejection(releases_dir, repository)
    if rejected is None or rejected.version != served(promotions.history(releases_dir, repository)):
        return None
    return rejected


def _cells(manifest: ReleaseManifest | None) -> tuple[str, str, str]:
    if manifest is None:
        return ("?", "?", "?")
    return (_date(manifest.created_at), manifest.base_model, _gain(manifest.proof))


def _described(manifest: ReleaseManifest) -> list[tuple[str, str]]:
    proof, cut = manifest.proof, manifest.data_cut
    return [
        ("repository", manifest.repository),
        ("made", _date(manifest.created_at)),
        ("base model", f"{manifest.base_model} ({manifest.base_fingerprint[:12]})"),
        ("prompt format", manifest.fim_format),
        ("parent", manifest.parent or BASE),
        ("learned up to", f"commit {cut.commit or 'none'}, event {cut.cursor}"),
        ("gain, nats a token", _gain(proof)),
        ("forgetting, nats a token", "-" if proof is None else f"{proof.forgetting:+.4f}"),
        ("held-out holes", "-" if proof is None else f"{proof.holes} of task set {proof.task_set}"),
        ("files", "\n".join(manifest.files)),
    ]


def _gain(proof: Proof | None) -> str:
    if proof is None:
        return "not proved"
    return f"{proof.gain:+.4f} ({proof.gain_low:+.4f} to {proof.gain_high:+.4f})"


def _name(history: ServingHistory) -> str:
    return served(history) or "the base model"


def _date(milliseconds: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(milliseconds / 1000))
