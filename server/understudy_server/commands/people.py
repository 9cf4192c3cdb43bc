"""`understudy people`: tokens for people, each bound to the repositories it may use."""

from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.table import Table

from understudy_protocol.errors import ConfigError
from understudy_protocol.repository import RepositoryId, WireRepositoryId
from understudy_releases.paths import default_state_dir
from understudy_server.people import add_person, read_people, remove_person

state_dir_option = click.option(
    "--state-dir",
    type=click.Path(path_type=Path),
    default=default_state_dir,
    show_default=False,
    help="Where everything is kept.",
)


@click.group()
def people() -> None:
    """Give tokens to people on a network.

    A gateway that listens on more than loopback answers only to these tokens (and to the local
    one).

    \b
    understudy people add alice --repository click-3f9a1c2b8d4e
    understudy people list
    understudy people remove alice
    """


@people.command()
@click.argument("name")
@click.option("--repository", "repositories", multiple=True, required=True, help="May be repeated.")
@state_dir_option
def add(name: str, repositories: tuple[str, ...], state_dir: Path) -> None:
    """Make a token for NAME (again: the old one stops working). It is printed once."""
    try:
        ids = msgspec.convert(repositories, tuple[WireRepositoryId, ...])
    except msgspec.ValidationError as error:
        raise ConfigError(
            f"{', '.join(repositories)}: not all of these are repository ids ({error}).",
            "Ids look like click-3f9a1c2b8d4e; `understudy releases list` and GET "
            "/v1/repositories show them.",
        ) from error
    token = add_person(state_dir, name, [RepositoryId(one) for one in ids])
    click.echo(f"The token of {name}, shown only now:", err=True)
    click.echo(token)


@people.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@state_dir_option
def list_people(as_json: bool, state_dir: Path) -> None:
    """Who has a token, and for what."""
    known = read_people(state_dir)
    if as_json:
        rows = [{"name": one.name, "repositories": one.repositories} for one in known]
        click.echo(msgspec.json.encode(rows))
        return
    table = Table("name", "repositories")
    for one in known:
        table.add_row(one.name, "\n".join(one.repositories))
    Console().print(table if known else "Nobody yet: `understudy people add NAME --repository ID`.")


@people.command()
@click.argument("name")
@state_dir_option
def remove(name: str, state_dir: Path) -> None:
    """Make the token of NAME worthless at once."""
    remove_person(state_dir, name)
    click.echo(f"{name} has no token any more.")
