"""Pinned archives of the package indexes: fetched once, checked by hash, read without unpacking."""

import hashlib
import io
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from understudy_protocol.errors import ConfigError, UnderstudyError


class RecipeError(UnderstudyError, RuntimeError):
    code = "recipe"


@dataclass(frozen=True)
class Pin:
    """One archive, exactly."""

    index: Literal["pypi", "npm"]
    name: str
    version: str
    file: str
    sha256: str
    license: str
    """SPDX expression, read from the archive's own metadata when it was pinned."""
    held_out: bool = False
    """Kept from training, and everything that overlaps with it too."""
    megabytes: float = 20.0
    """Most text taken from it, so that no package outweighs the others."""


Get = Callable[[str, str, str, Path], Path]
"""From index, name, version and a folder to the archive in that folder."""

LANGUAGES = {
    ".py": "python",
    ".ts": "typescript",
    ".mts": "typescript",
    ".cts": "typescript",
    ".tsx": "typescriptreact",
    ".js": "javascript",
    ".mjs": "javascript",
    ".cjs": "javascript",
    ".jsx": "javascriptreact",
}


def read_pins(path: Path) -> list[Pin]:
    """The entries of `packages.toml`, in its order."""
    try:
        entries = tomllib.loads(path.read_text())["package"]
        return [Pin(**entry) for entry in entries]
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise ConfigError(
            f"{path} is not a list of pinned packages: {error}.",
            "Take the file from the repository, or write one with `corpus pin`.",
        ) from error


def fetch(pin: Pin, folder: Path, get: Get | None = None) -> Path:
    """The archive in `folder`, downloaded if it is not there, with the hash that was pinned."""
    path = folder / pin.file
    if not path.exists():
        (get or download)(pin.index, pin.name, pin.version, folder)
    if not path.exists():
        raise RecipeError(
            f"The index gave another file than {pin.file} for {pin.name} {pin.version}.",
            f"Remove the package from packages.toml, or pin it again: "
            f"corpus pin {pin.name}=={pin.version}.",
        )
    found = sha256(path)
    if found != pin.sha256:
        raise RecipeError(
            f"{path} has the hash {found[:16]}…, pinned is {pin.sha256[:16]}….",
            "Delete the file and try again; if the hash stays different, the index changed it: "
            "do not use it.",
        )
    return path


Client = Callable[[str, str, str, str], list[str]]
"""From index, name, version and a folder to the command that downloads the archive into it."""


def download(
    index: str, name: str, version: str, folder: Path, client: Client | None = None
) -> Path:
    """Asks the index's own client for one archive; it appears in `folder` whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".fetch-") as scratch:
        command = (client or download_command)(index, name, version, scratch)
        try:
            run = subprocess.run(command, capture_output=True, text=True)
        except OSError as error:
            raise RecipeError(
                f"{command[0]}, which fetches from {index}, cannot be run: {error}.",
                "Install it and run the command again: what was fetched is kept.",
            ) from error
        found = [path for path in Path(scratch).iterdir() if path.is_file()]
        if run.returncode or len(found) != 1:
            reason = (run.stderr.strip().splitlines() or ["no file came back"])[-1]
            raise RecipeError(
                f"{name} {version} could not be fetched from {index}: {reason}",
                "Check the network and run the command again: what was fetched is kept.",
            )
        return found[0].replace(folder / found[0].name)


def download_command(index: str, name: str, version: str, folder: str) -> list[str]:
    if index == "npm":
        return ["npm", "pack", "--silent", f"{name}@{version}", "--pack-destination", folder]
    quiet = ["--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:"]
    platform = ["--python-version", "3.11", "--platform", "any"]
    for glibc in (28, 27, 26, 24, 17, 12, 5):
        platform += ["--platform", f"manylinux_2_{glibc}_x86_64"]
    platform += ["--platform", "manylinux2014_x86_64", "--platform", "manylinux1_x86_64"]
    pip = [sys.executable, "-m", "pip", "download"]
    return [*pip, *quiet, *platform, "--dest", folder, f"{name}=={version}"]


def sources(path: Path) -> Iterator[tuple[str, bytes]]:
    """(path inside, bytes) of every source file, in the archive's order."""
    try:
        if path.suffix in (".whl", ".zip"):
            with zipfile.ZipFile(path) as archive:
                for entry in archive.infolist():
                    if Path(entry.filename).suffix in LANGUAGES:
                        yield entry.filename, archive.read(entry)
        else:
            with tarfile.open(path) as archive:
                for member in archive:
                    if member.isfile() and Path(member.name).suffix in LANGUAGES:
                        content = archive.extractfile(member) or io.BytesIO()
                        yield member.name.partition("/")[2], content.read()
    except (zipfile.BadZipFile, tarfile.TarError, EOFError, OSError) as error:
        raise RecipeError(
            f"{path} cannot be read: {error}.", "Delete it and run the command again."
        ) from error


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
