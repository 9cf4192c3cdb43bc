"""What is pinned of the packages whose release histories are worlds."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import msgspec

from understudy_protocol.errors import ConfigError

WORLDS = Path(__file__).with_name("worlds.toml")


class Release(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    version: str
    uploaded: datetime
    """To the package index; the date of its commit."""
    sha256: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
    file: Annotated[str, msgspec.Meta(pattern=r"^[\w.+-]+\.tar\.gz$")]
    """Name of the source distribution."""


class Package(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    license: str
    """As the newest release states it."""
    held_out: bool
    """Kept from every training; the others are for learners to train on."""
    head: str
    """Id of the last commit, so that everybody has the same world."""
    releases: tuple[Release, ...]
    """Oldest first."""


class _Worlds(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    world: tuple[Package, ...]


def pinned(path: Path = WORLDS) -> dict[str, Package]:
    """By name, in the order of the file."""
    try:
        packages = msgspec.toml.decode(path.read_bytes(), type=_Worlds).world
    except (OSError, msgspec.DecodeError) as error:
        raise ConfigError(
            f"{path} is not a list of pinned packages: {error}.",
            "Take the file from the repository, or write one with "
            "`python -m understudy_trainer.repoworld.pin`.",
        ) from error
    return {package.name: package for package in packages}
