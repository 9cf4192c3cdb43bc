"""Removing releases that nobody will go back to, so that nights do not fill the disk."""

import shutil
from pathlib import Path

from understudy_protocol.errors import ReleaseError
from understudy_protocol.release import ReleaseVersion, ServingHistory, standing
from understudy_protocol.repository import RepositoryId
from understudy_releases.durable import locked, sync_folder
from understudy_releases.promotions import history, rejection
from understudy_releases.releases import Release, read_release, unwritable, versions

DISCARDED = ".pruned-"

STEPS_BACK = 3
"""Lines of the serving history whose releases a gateway may hold: what it serves and what it served
before, and it may not have seen the newest line yet."""


def prune(releases_dir: Path, repository: RepositoryId, *, keep: int = 3) -> list[ReleaseVersion]:
    """Remove all but the newest `keep` releases; those that were removed, oldest first.

    What is served, what a rollback would return to and what a gateway may have loaded stays,
    however old. So does what cannot be read: it may be of a newer Understudy. After a crash at any
    point every release is there whole or not at all, and the next call removes what is left of it.

    Raises ReleaseError if the serving history is damaged or the disk refuses.
    """
    home = releases_dir / repository
    try:
        with locked(home):
            _finish(home)
            if rejection(releases_dir, repository) is not None:
                return []  # the gateway serves something older, and only it knows what
            needed = _needed(history(releases_dir, repository))
            by_age = _by_age(releases_dir, repository)
            old = by_age[: max(0, len(by_age) - keep)]
            removed = [version for version in old if version not in needed]
            for version in removed:
                (home / version).rename(home / f"{DISCARDED}{version}")
            sync_folder(home)
            _finish(home)
    except (FileNotFoundError, NotADirectoryError):
        return []  # nothing was published
    except OSError as error:
        raise unwritable(home, error) from error
    return removed


def _needed(kept: ServingHistory) -> set[ReleaseVersion | None]:
    return {*standing(kept)[-2:], *(one.version for one in kept.promotions[-STEPS_BACK:])}


def _by_age(releases_dir: Path, repository: RepositoryId) -> list[ReleaseVersion]:
    found: list[Release] = []
    for version in versions(releases_dir, repository):
        try:
            found.append(read_release(releases_dir, repository, version))
        except ReleaseError:
            continue
    found.sort(key=lambda release: (release.manifest.created_at, release.version))
    return [release.version for release in found]


def _finish(home: Path) -> None:
    for path in home.glob(f"{DISCARDED}*"):
        shutil.rmtree(path)
