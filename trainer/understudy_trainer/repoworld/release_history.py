"""Release histories: worlds made of a package's source distributions, one commit a release.

The packages, their releases and their hashes stand in `worlds.toml`. Commits depend on nothing but
the archives, so everybody's have the same ids. To pin another package, or other releases of it:

    python -m understudy_trainer.repoworld.pin click 8.0.4 8.1.0 8.2.1 … >> worlds.toml

Four minutes for all of them at first; afterwards they are on disk, and no network is needed.
"""

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from understudy_protocol.bench import Progress
from understudy_protocol.errors import ConfigError
from understudy_trainer.repoworld.archives import (
    ArchiveError,
    Get,
    contents,
    fetch,
    get_with_pip,
)
from understudy_trainer.repoworld.new_repository import NewCommit, head_of, write_repository
from understudy_trainer.repoworld.paths import worlds_dir
from understudy_trainer.repoworld.release import Package, pinned
from understudy_trainer.repoworld.worlds import World


def release_histories(
    packages: Sequence[Package] | None = None,
    *,
    progress: Progress,
    folder: Path | None = None,
    get: Get = get_with_pip,
) -> list[World]:
    """All that are pinned, or some of them, built where they are not there yet.

    Raises ArchiveError if an archive is missing and cannot be had.
    """
    chosen = list(pinned().values()) if packages is None else packages
    return [
        release_history(package, progress=progress, folder=folder or worlds_dir(), get=get)
        for package in chosen
    ]


def release_history(
    package: Package, *, progress: Progress, folder: Path, get: Get = get_with_pip
) -> World:
    """The world of one package below `folder`. Whatever ends this, it goes on where it was."""
    key = package.head[:12]
    root = folder / "histories" / key / package.name
    if not root.exists():
        progress(f"{package.name}: putting {len(package.releases)} releases in a repository")
        root.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=root.parent, prefix=".new-") as scratch:
            made = Path(scratch) / package.name
            _check_head(package, build(package, made, folder=folder, progress=progress, get=get))
            _put(made, root)
    _check_head(package, head_of(root))
    return World(name=package.name, folder=root, held_out=package.held_out)


def build(package: Package, root: Path, *, folder: Path, progress: Progress, get: Get) -> str:
    """Makes the repository `root`; gives the id of its last commit."""
    archives = _archives(package, folder / "archives", progress=progress, get=get)
    return write_repository(
        root,
        (
            NewCommit(
                message=f"{package.name} {release.version} ({release.uploaded:%Y-%m-%d})\n",
                at=int(release.uploaded.timestamp()),
                files=contents(path),
            )
            for release, path in zip(package.releases, archives, strict=True)
        ),
    )


def _archives(package: Package, folder: Path, *, progress: Progress, get: Get) -> list[Path]:
    paths: list[Path] = []
    for number, release in enumerate(package.releases, start=1):
        if not (folder / release.file).exists():
            progress(f"{package.name} {release.version}: {number} of {len(package.releases)}")
        try:
            paths.append(fetch(package.name, release, folder=folder, get=get))
        except ArchiveError as error:
            missing = [one for one in package.releases if not (folder / one.file).exists()]
            if not missing:
                raise
            raise ArchiveError(
                f"The world {package.name} lacks {len(missing)} of {len(package.releases)} "
                f"archives. {error.problem}",
                error.remedy,
            ) from error
    return paths


def _put(made: Path, root: Path) -> None:
    try:
        made.rename(root)
    except OSError:
        # Somebody else was faster, and theirs is the same.
        if not root.exists():
            raise
        shutil.rmtree(made)


def _check_head(package: Package, found: str) -> None:
    if found != package.head:
        raise ConfigError(
            f"The world {package.name} ends with commit {found[:12]}, pinned is "
            f"{package.head[:12]}.",
            "If it was changed by hand, delete its folder and it is made again; if worlds.toml or "
            "the way worlds are built changed, pin the package again.",
        )
