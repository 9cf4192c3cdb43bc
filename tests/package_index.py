"""Source distributions of made-up packages, and two package indexes that have them: a function, and
a folder that pip reads."""

import hashlib
import io
import shutil
import tarfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from understudy_trainer.repoworld.archives import ArchiveError, Get
from understudy_trainer.repoworld.release import Package, Release

BEGIN = datetime(2024, 1, 1, tzinfo=UTC)

Member = tarfile.TarInfo | tuple[str, bytes]
"""As it stands in the archive, or a name below the top folder with its content."""


def package(folder: Path, *releases: list[Member], name: str = "demo", head: str = "") -> Package:
    """With its archives in `folder`, a day between any two."""
    folder.mkdir(parents=True, exist_ok=True)
    return Package(
        name=name,
        license="MIT",
        held_out=True,
        head=head,
        releases=tuple(
            _release(folder, name, number, members) for number, members in enumerate(releases)
        ),
    )


def index(folder: Path) -> Get:
    """Gives what lies in `folder`."""

    def get(name: str, release: Release, into: Path) -> None:
        shutil.copy(folder / release.file, into)

    return get


def no_network(name: str, release: Release, into: Path) -> None:
    raise ArchiveError(f"{release.file} could not be fetched.", "Connect to a network.")


def simple_index(folder: Path, archives: Path, name: str) -> str:
    """Address of a folder with the archives of a package as pip wants them."""
    page = folder / name / "index.html"
    page.parent.mkdir(parents=True)
    links = [f'<a href="{path.as_uri()}">{path.name}</a>' for path in sorted(archives.iterdir())]
    page.write_text("<!DOCTYPE html><html><body>" + "\n".join(links) + "</body></html>")
    return folder.as_uri()


def _release(folder: Path, name: str, number: int, members: list[Member]) -> Release:
    version = f"{number + 1}.0"
    path = folder / f"{name}-{version}.tar.gz"
    about = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode()
    with tarfile.open(path, "w:gz") as archive:
        for member in [("PKG-INFO", about), *members]:
            if isinstance(member, tarfile.TarInfo):
                archive.addfile(member)
                continue
            info = tarfile.TarInfo(f"{name}-{version}/{member[0]}")
            info.size = len(member[1])
            archive.addfile(info, io.BytesIO(member[1]))
    return Release(
        version=version,
        uploaded=BEGIN + timedelta(days=number),
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        file=path.name,
    )
