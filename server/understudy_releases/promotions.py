"""Which release of a repository is served: `serving.json`, and how it changes.

Files only, so promoting and rolling back work with the gateway running or not; a running gateway
notices the file within a second (`swap`).
"""

import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from understudy_protocol.errors import ReleaseError
from understudy_protocol.release import (
    SERVING_FILE,
    ReleaseVersion,
    ServingHistory,
    WireVersion,
    decode_history,
    encode_history,
    promoted,
    rolled_back,
    served,
)
from understudy_protocol.repository import RepositoryId
from understudy_releases.durable import locked, replace_file
from understudy_releases.releases import linked, open_regular, unreadable, unwritable
from understudy_releases.verification import verify

REJECTION_FILE = "rejected.json"


class Rejection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a gateway does not serve what is promoted; it goes on with what it served before."""

    version: WireVersion | None
    """None if the serving history itself cannot be read."""
    problem: str
    remedy: str
    at: int
    """Milliseconds since the epoch."""


def history(releases_dir: Path, repository: RepositoryId) -> ServingHistory:
    """Empty if nothing was ever promoted. Raises ReleaseError."""
    path = releases_dir / repository / SERVING_FILE
    if path.parent.is_symlink():
        raise linked(path.parent)
    try:
        with open_regular(path) as file:
            found = decode_history(file.read(), str(path))
    except (FileNotFoundError, NotADirectoryError):
        return ServingHistory(repository=repository)
    except OSError as error:
        raise unreadable(path, error) from error
    if found.repository != repository:
        raise ReleaseError(
            f"The serving history {path} is that of {found.repository}.",
            "Delete that file to serve the base model, then promote a release again.",
        )
    return found


def promote(
    releases_dir: Path,
    repository: RepositoryId,
    version: ReleaseVersion | None,
    *,
    reason: str,
    since: ServingHistory | None = None,
    clock: Callable[[], float] = time.time,
) -> ServingHistory:
    """Serve `version` (None: the base model) from here on; the history after it.

    The release is verified first. Promoting what is served changes nothing. If the history is no
    longer `since`, nothing changes: somebody else has decided meanwhile.
    Raises ReleaseError if it is damaged.
    """
    if version is not None:
        verify(releases_dir, repository, version, model=None)

    def change(before: ServingHistory) -> ServingHistory:
        if since is not None and before != since:
            return before
        return promoted(before, version, at=int(clock() * 1000), reason=reason)

    return _change(releases_dir, repository, change)


def roll_back(
    releases_dir: Path,
    repository: RepositoryId,
    *,
    reason: str,
    since: ServingHistory | None = None,
    clock: Callable[[], float] = time.time,
) -> ServingHistory:
    """Serve what was served before the newest promotion that still stands; the history after it.
    If the history is no longer `since`, nothing changes: somebody else has decided meanwhile.

    Raises ReleaseError if nothing stands (the base model is served), or if that one is damaged.
    """

    def change(before: ServingHistory) -> ServingHistory:
        if since is not None and before != since:
            return before
        after = rolled_back(before, at=int(clock() * 1000), reason=reason)
        version = served(after)
        if version is not None:
            verify(releases_dir, repository, version, model=None)
        return after

    return _change(releases_dir, repository, change)


def _change(
    releases_dir: Path,
    repository: RepositoryId,
    change: Callable[[ServingHistory], ServingHistory],
) -> ServingHistory:
    folder = releases_dir / repository
    try:
        with locked(folder):
            before = history(releases_dir, repository)
            after = change(before)
            if after != before:
                replace_file(folder / SERVING_FILE, encode_history(after))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ReleaseError(
            f"There are no releases of {repository} in {releases_dir}.",
            "`understudy releases list` shows the repositories that have some.",
        ) from error
    except OSError as error:
        raise unwritable(folder, error) from error
    return after


def rejection(releases_dir: Path, repository: RepositoryId) -> Rejection | None:
    """What the gateway last said against the promoted release; None if it serves it."""
    path = releases_dir / repository / REJECTION_FILE
    try:
        with open_regular(path) as file:
            return msgspec.json.decode(file.read(), type=Rejection)
    except (OSError, ReleaseError, msgspec.DecodeError, UnicodeDecodeError):
        return None  # it is only a note


def note_rejection(
    releases_dir: Path, repository: RepositoryId, rejected: Rejection | None
) -> None:
    """Leave or remove the note; a disk that takes none is no reason to stop serving."""
    path = releases_dir / repository / REJECTION_FILE
    try:
        if rejected is None:
            path.unlink(missing_ok=True)
            return
        with locked(path.parent):
            replace_file(path, msgspec.json.encode(rejected))
    except OSError:
        return
