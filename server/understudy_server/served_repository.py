"""What `swap` knows of one repository: what is promoted, what is served, what was refused."""

import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from understudy_protocol.release import SERVING_FILE, ReleaseVersion, adapter_name
from understudy_protocol.repository import RepositoryId
from understudy_releases.promotions import Rejection
from understudy_releases.releases import repositories

Stamp = tuple[int, int, int]
"""Tells one content of a serving history from the next: when it was written, inode, size."""


class RepositoryServing(msgspec.Struct, frozen=True):
    """What is served for one repository, for people and metrics."""

    repository: RepositoryId
    promoted: ReleaseVersion | None
    serving: ReleaseVersion | None
    loaded: bool
    """False if `serving` is the base model, or if the next request has to wait for the adapter."""
    rejected: Rejection | None
    """Why `promoted` is not what is served."""


class ServedRepository:
    def __init__(self, repository: RepositoryId) -> None:
        self.repository = repository
        self.stamp: Stamp | None = None
        self.standing: tuple[ReleaseVersion | None, ...] = ()
        """See `understudy_protocol.release.standing`."""
        self.serving: ReleaseVersion | None = None
        """What was decided on; the engines may have been told to let go of it since."""
        self.previous: ReleaseVersion | None = None
        """What was served before, kept loaded for a rollback."""
        self.rejected: Rejection | None = None
        self.retry_at = 0.0
        """Monotonic seconds; before that, what failed is not tried again."""

    @property
    def promoted(self) -> ReleaseVersion | None:
        return self.standing[-1] if self.standing else None

    @property
    def is_due(self) -> bool:
        return time.monotonic() >= self.retry_at

    @property
    def adapter(self) -> str | None:
        """Name of the adapter of what is served; None is the base model."""
        return None if self.serving is None else adapter_name(self.repository, self.serving)

    def candidates(self) -> Iterator[ReleaseVersion | None]:
        """What is promoted; failing that, what is served; failing that, what stood before."""
        refused = None if self.is_due or self.rejected is None else self.rejected.version
        served = () if self.serving is None else (self.serving,)
        for version in dict.fromkeys((self.promoted, *served, *reversed(self.standing))):
            if version is None or version != refused:
                yield version


def stamps(releases_dir: Path) -> dict[RepositoryId, Stamp]:
    """Of every repository that has a serving history; the newest first."""
    found: dict[RepositoryId, Stamp] = {}
    for repository in repositories(releases_dir):
        try:
            status = (releases_dir / repository / SERVING_FILE).lstat()
        except (FileNotFoundError, NotADirectoryError):
            continue
        found[repository] = (status.st_mtime_ns, status.st_ino, status.st_size)
    return dict(sorted(found.items(), key=lambda item: item[1], reverse=True))


def importance(states: Iterable[ServedRepository]) -> dict[str, int]:
    """By name of the adapter: 2 if it is served, 1 if it was before; others are of none."""
    worth: dict[str, int] = {}
    for state in states:
        if state.previous is not None:
            worth.setdefault(adapter_name(state.repository, state.previous), 1)
        if state.adapter is not None:
            worth[state.adapter] = 2
    return worth
