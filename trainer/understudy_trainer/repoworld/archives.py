"""Source distributions: fetched once from the package index that pip is set up with, by pip, which
knows its proxies, certificates and passwords; checked by hash, and read without unpacking.
"""

import email
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from understudy_protocol.errors import UnderstudyError
from understudy_trainer.repoworld.files import safe_path
from understudy_trainer.repoworld.release import Release

BACKENDS = (
    "setuptools/build_meta",
    "flit_core/buildapi",
    "flit/buildapi",
    "hatchling/build",
    "pdm/backend",
    "pdm/pep517/api",
    "poetry/core/masonry/api",
    "poetry/masonry/api",
)
"""Modules that source distributions name to be built with."""


class ArchiveError(UnderstudyError, RuntimeError):
    """An archive cannot be fetched, or is not the one that was pinned."""

    code = "archive"


Get = Callable[[str, Release, Path], None]
"""Puts the release of the package of that name into a folder, or raises ArchiveError."""


def fetch(name: str, release: Release, *, folder: Path, get: Get) -> Path:
    """The archive in `folder`, fetched if it is not there; whole or not at all."""
    path = folder / release.file
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".fetch-") as scratch:
            get(name, release, Path(scratch))
            fetched = Path(scratch) / release.file
            if not fetched.is_file():
                raise ArchiveError(
                    f"The package index has no {release.file} for {name} {release.version}.",
                    "See that pip is set up with an index that has source distributions.",
                )
            _check(fetched, release)
            fetched.replace(path)
    _check(path, release)
    return path


def get_with_pip(name: str, release: Release, folder: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="understudy-pip-") as scratch:
        _put_backends(Path(scratch) / "backends")
        wanted = Path(scratch) / "wanted.txt"
        wanted.write_text(f"{name}=={release.version} --hash=sha256:{release.sha256}\n")
        # Not from the folder somebody works in, which could hold a `pip.py`.
        done = subprocess.run(
            [*_PIP, "--requirement", str(wanted), "--dest", str(folder)],
            cwd=scratch,
            env={**os.environ, "PYTHONPATH": str(Path(scratch) / "backends")},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
    if done.returncode != 0:
        told = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        said = (told or done.stderr.strip().splitlines() or ["pip said nothing"])[-1]
        raise ArchiveError(
            f"{release.file} could not be fetched: {said.removeprefix('ERROR: ')}",
            "Connect to a network with a package index (`pip config list` says which), and run it "
            "again: what was fetched is kept.",
        )


def contents(path: Path) -> dict[str, tuple[bytes, bool]]:
    """Path below the archive's top folder → content, and whether it can be executed; without links
    and what the packager wrote about the package."""
    try:
        return dict(_contents(path))
    except (tarfile.TarError, EOFError, OSError, UnicodeError) as error:
        raise ArchiveError(
            f"{path} cannot be read: {error}.", "Delete it and run it again."
        ) from error


def license_of(path: Path) -> str:
    """What the archive says about itself: expression first, then classifiers, then free text."""
    with tarfile.open(path) as archive:
        name = min((each for each in archive.getnames() if _is_about(each)), key=len)
        member = archive.extractfile(name)
        about = email.message_from_bytes(member.read() if member else b"")
    kinds = [one.split(" :: ")[-1] for one in about.get_all("Classifier") or [] if "License" in one]
    free = str(about.get("License") or "").strip().splitlines()
    return str(about.get("License-Expression") or "; ".join(kinds) or (free[0] if free else ""))


_PIP = (
    *(sys.executable, "-m", "pip", "download", "--quiet", "--no-input", "--no-cache-dir"),
    *("--disable-pip-version-check", "--retries=1", "--no-deps", "--no-binary=:all:"),
    *("--no-build-isolation", "--use-pep517"),
)


def _put_backends(folder: Path) -> None:
    for backend in BACKENDS:
        *packages, _ = Path(backend).parts
        for depth in range(1, len(packages) + 1):
            package = folder.joinpath(*packages[:depth])
            package.mkdir(parents=True, exist_ok=True)
            (package / "__init__.py").touch()
        shutil.copy(Path(__file__).with_name("metadata_backend.py"), folder / f"{backend}.py")


def _check(path: Path, release: Release) -> None:
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != release.sha256:
        raise ArchiveError(
            f"{path.name} has the hash {found[:16]}…, pinned is {release.sha256[:16]}….",
            f"Delete {path} and run it again; if the hash stays different, the index changed the "
            "file: do not use it.",
        )


def _contents(path: Path) -> Iterator[tuple[str, tuple[bytes, bool]]]:
    with tarfile.open(path) as archive:
        for member in archive:
            _, _, name = member.name.removeprefix("./").partition("/")
            file = archive.extractfile(member) if member.isreg() else None
            # What would be written outside, or over git's own files, is nobody's source.
            if file is not None and safe_path(name) and not _is_about(name):
                yield name, (file.read(), bool(member.mode & 0o100))


def _is_about(name: str) -> bool:
    *folders, last = name.split("/")
    return last == "PKG-INFO" or any(folder.endswith(".egg-info") for folder in folders)
