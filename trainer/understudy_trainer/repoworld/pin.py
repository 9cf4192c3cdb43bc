"""Pins a package's releases as a world, and prints its entry for `worlds.toml`.

    python -m understudy_trainer.repoworld.pin [--held-out] NAME VERSION VERSION …

The oldest version first. What was uploaded when, and its hash, is taken from the lock file that uv
makes; nothing is installed, and no code of the package runs unless it says that it is built by
itself (`backend-path`), which none so far does.
"""

import json
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import click

from understudy_protocol.errors import ConfigError, UnderstudyError
from understudy_trainer.repoworld.archives import fetch, get_with_pip, license_of
from understudy_trainer.repoworld.paths import worlds_dir
from understudy_trainer.repoworld.release import Package, Release
from understudy_trainer.repoworld.release_history import build

LEAST = 8
"""Releases of a world."""

PERMISSIVE = re.compile(r"MIT|BSD|Apache|ISC|Unlicense|CC0|0BSD|Zlib|PSF|Python", re.IGNORECASE)
COPYLEFT = re.compile("GPL|MPL|EUPL|SSPL|BUSL|Commons Clause")


@click.command()
@click.option("--held-out", is_flag=True, help="Keep it from every training.")
@click.argument("name")
@click.argument("versions", nargs=-1, required=True)
def main(name: str, versions: tuple[str, ...], held_out: bool) -> None:
    try:
        click.echo(entry(pin(name, versions, held_out=held_out)))
    except UnderstudyError as error:
        raise click.ClickException(str(error)) from error


def pin(name: str, versions: Sequence[str], *, held_out: bool) -> Package:
    """Fetches the releases and builds the world once, for its id."""
    releases = tuple(_release(name, version) for version in versions)
    folder = worlds_dir()
    if len(releases) < LEAST or list(releases) != sorted(releases, key=lambda one: one.uploaded):
        raise ConfigError(
            f"A world has at least {LEAST} releases, each uploaded after the one before.",
            "Name more versions, or leave out those of older series.",
        )
    newest = fetch(name, releases[-1], folder=folder / "archives", get=get_with_pip)
    said = license_of(newest)
    if not PERMISSIVE.search(said) or COPYLEFT.search(said):
        raise ConfigError(
            f"{name} states the licence {said!r}.", "Pin permissively licensed packages only."
        )
    package = Package(name=name, license=said, held_out=held_out, head="", releases=releases)
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch) / name
        head = build(package, root, folder=folder, progress=_tell, get=get_with_pip)
    return Package(name=name, license=said, held_out=held_out, head=head, releases=releases)


def entry(package: Package) -> str:
    """As it stands in `worlds.toml`."""
    lines = [
        "[[world]]",
        f"name = {json.dumps(package.name)}",
        f"license = {json.dumps(package.license)}",
        f"held_out = {json.dumps(package.held_out)}",
        f"head = {json.dumps(package.head)}",
        "releases = [",
    ]
    for one in package.releases:
        uploaded = f"{one.uploaded:%Y-%m-%dT%H:%M:%SZ}"
        sha256, file = json.dumps(one.sha256), json.dumps(one.file)
        lines.append(f"    [{json.dumps(one.version)}, {uploaded}, {sha256}, {file}],")
    return "\n".join([*lines, "]\n"])


def _release(name: str, version: str) -> Release:
    with tempfile.TemporaryDirectory() as scratch:
        project = Path(scratch) / "pyproject.toml"
        project.write_text(
            '[project]\nname = "pin"\nversion = "0"\nrequires-python = ">=3.11"\n'
            f'dependencies = ["{name}=={version}"]\n[tool.uv]\npackage = false\n'
            # So that uv neither builds it nor looks at what it depends on.
            f'dependency-metadata = [{{ name = "{name}", version = "{version}" }}]\n'
        )
        uv = Path(sys.executable).with_name("uv")
        command = [uv, "lock", "--quiet", "--project", scratch]
        done = subprocess.run(command, cwd=scratch, capture_output=True, text=True)
        if done.returncode != 0:
            raise ConfigError(
                f"uv cannot find {name} {version}: {done.stderr.strip()}",
                "See that the version exists and the network is there.",
            )
        packages = tomllib.loads((Path(scratch) / "uv.lock").read_text())["package"]
    found = next(one for one in packages if one["version"] == version)
    if "sdist" not in found or "upload-time" not in found["sdist"]:
        raise ConfigError(
            f"{name} {version} has no source distribution with a date.", "Choose another version."
        )
    source = found["sdist"]
    return Release(
        version=version,
        file=source["url"].rpartition("/")[2],
        sha256=source["hash"].removeprefix("sha256:"),
        uploaded=datetime.fromisoformat(source["upload-time"]).replace(microsecond=0),
    )


def _tell(what: str) -> None:
    click.echo(what, err=True)


if __name__ == "__main__":
    main()
