"""The releases folder: what lies there, and how a release gets in and out.

    <releases>/<repository>/<version>/…     see `understudy_protocol.release`
    <releases>/<repository>/serving.json    see `promotions`

Names with a leading dot are unfinished or discarded and never looked at.
"""

import errno
import os
import re
import secrets
import shutil
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import msgspec

from understudy_protocol.errors import NotFound, ReleaseError
from understudy_protocol.release import (
    ADAPTER_FOLDER,
    MANIFEST_FILE,
    VERSION_PATTERN,
    ReleaseManifest,
    ReleaseVersion,
    content_address,
    decode_manifest,
)
from understudy_protocol.repository import REPOSITORY_ID_PATTERN, RepositoryId
from understudy_releases.durable import locked, sync_folder

MAX_MANIFEST_BYTES = 16 << 20

PUBLISH_AGAIN = "Publish the release again from its training run, or promote another one."


class Release(msgspec.Struct, frozen=True):
    """A release on disk whose manifest has been read."""

    folder: Path
    version: ReleaseVersion
    manifest: ReleaseManifest

    @property
    def adapter(self) -> Path | None:
        """None where the base model answers as it is, with what else was learned."""
        has_one = any(path.startswith(f"{ADAPTER_FOLDER}/") for path in self.manifest.files)
        return self.folder / ADAPTER_FOLDER if has_one else None


def repositories(releases_dir: Path) -> list[RepositoryId]:
    """Every repository with a folder of releases, in order of their names."""
    return [RepositoryId(name) for name in _folders(releases_dir, REPOSITORY_ID_PATTERN)]


def versions(releases_dir: Path, repository: RepositoryId) -> list[ReleaseVersion]:
    """Every release of `repository` by name, damaged ones included."""
    return [ReleaseVersion(name) for name in _folders(releases_dir / repository, VERSION_PATTERN)]


def find(releases_dir: Path, prefix: str) -> tuple[RepositoryId, ReleaseVersion]:
    """The one release whose version begins with `prefix`. Raises NotFound."""
    found = [
        (repository, version)
        for repository in repositories(releases_dir)
        for version in versions(releases_dir, repository)
        if prefix and version.startswith(prefix)
    ]
    if len(found) == 1:
        return found[0]
    if not found:
        raise NotFound(
            f"There is no release {prefix!r} in {releases_dir}.",
            "`understudy releases list` shows what there is.",
        )
    raise NotFound(
        f"{prefix!r} could be {either([f'{version} of {name}' for name, version in found])}.",
        "Give more digits.",
    )


def either(choices: Sequence[str]) -> str:
    """The first three, for a message."""
    more = len(choices) - 3
    return " or ".join([*choices[:3], *([f"{more} others"] if more > 0 else [])])


def read_release(releases_dir: Path, repository: RepositoryId, version: ReleaseVersion) -> Release:
    """The release by its manifest alone; `verification.verify` looks at the files too.

    Raises ReleaseError.
    """
    folder = releases_dir / repository / version
    for place in (folder.parent, folder):
        if place.is_symlink():
            raise linked(place)
    if not folder.is_dir():
        raise ReleaseError(
            f"There is no release {version} of {repository} in {releases_dir}.",
            "`understudy releases list` shows what there is.",
        )
    encoded = _manifest_bytes(folder / MANIFEST_FILE)
    manifest = decode_manifest(encoded, str(folder / MANIFEST_FILE))
    address = content_address(encoded)
    if address != version:
        raise ReleaseError(
            f"The release {folder} has been changed: its manifest's content address is {address}.",
            PUBLISH_AGAIN,
        )
    if manifest.repository != repository:
        raise ReleaseError(
            f"The release {folder} lies under {repository}, "
            f"but its manifest says it is of {manifest.repository}.",
            f"Move it to {releases_dir / manifest.repository}.",
        )
    return Release(folder=folder, version=version, manifest=manifest)


def forget_releases(releases_dir: Path, repository: RepositoryId) -> int:
    """Remove all releases of `repository` and its serving history; how many releases there were.

    Links are removed, not followed. While a gateway runs, `Serving.forget` is the one to call: vLLM
    reads an adapter again when it was squeezed out of its cache, so it has to let go first.
    """
    folder = releases_dir / repository
    discarded = releases_dir / f".forgotten-{repository}-{secrets.token_hex(4)}"
    count = 0
    try:
        if folder.is_symlink():
            folder.unlink()
        else:
            with locked(folder):
                count = len(versions(releases_dir, repository))
                folder.rename(discarded)
    except FileNotFoundError:
        pass
    except OSError as error:
        raise unwritable(folder, error) from error
    sweep(releases_dir)
    return count


def sweep(releases_dir: Path) -> None:
    """Finish every `forget_releases` that a crash interrupted; the gateway calls it at start."""
    if not releases_dir.is_dir():
        return
    for path in releases_dir.glob(".forgotten-*"):
        try:
            shutil.rmtree(path)
        except FileNotFoundError:
            continue  # another process sweeps too
        except OSError as error:
            raise unwritable(path, error) from error
    sync_folder(releases_dir)


def entries(folder: Path, prefix: str = "") -> Iterator[tuple[str, bool]]:
    """Path with forward slashes, and whether it is a folder, of everything below `folder`.

    Raises ReleaseError at the first link, device, pipe or socket.
    """
    with os.scandir(folder) as found:
        for entry in found:
            path = f"{prefix}{entry.name}"
            if entry.is_symlink():
                raise linked(Path(entry.path))
            is_folder = entry.is_dir(follow_symlinks=False)
            if not is_folder and not entry.is_file(follow_symlinks=False):
                raise not_a_file(Path(entry.path))
            yield path, is_folder
            if is_folder:
                yield from entries(Path(entry.path), f"{path}/")


def open_regular(path: Path) -> BinaryIO:
    """Open for reading; a link, device, pipe or folder is an error and is not touched.

    Raises ReleaseError, and OSError if it cannot be opened for another reason.
    """
    try:
        # Without O_NONBLOCK the opening of a pipe waits for a writer.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise linked(path) from error
        if error.errno == errno.ENXIO:
            raise not_a_file(path) from error
        raise
    file = os.fdopen(descriptor, "rb")
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        file.close()
        raise not_a_file(path)
    return file


def linked(path: Path) -> ReleaseError:
    return ReleaseError(
        f"{path} is a symbolic link; a release holds its files itself.",
        "Replace the link by what it points to and publish the release again.",
    )


def not_a_file(path: Path) -> ReleaseError:
    return ReleaseError(
        f"{path} is neither a file nor a folder.", "Remove it and publish the release again."
    )


def unreadable(path: Path, error: OSError) -> ReleaseError:
    return ReleaseError(
        f"{path} cannot be read: {error.strerror}.", "Check the permissions and the disk."
    )


def unwritable(path: Path, error: OSError) -> ReleaseError:
    return ReleaseError(
        f"{path} cannot be written: {error.strerror}.",
        "Free space on the disk or mend the permissions, then try again; nothing was changed.",
    )


def _manifest_bytes(path: Path) -> bytes:
    try:
        with open_regular(path) as file:
            encoded = file.read(MAX_MANIFEST_BYTES + 1)
    except FileNotFoundError as error:
        raise ReleaseError(f"The manifest {path} is missing.", PUBLISH_AGAIN) from error
    except OSError as error:
        raise unreadable(path, error) from error
    if len(encoded) > MAX_MANIFEST_BYTES:
        raise ReleaseError(f"{path} is larger than {MAX_MANIFEST_BYTES} bytes.", PUBLISH_AGAIN)
    return encoded


def _folders(place: Path, pattern: str) -> list[str]:
    """Names below `place` that match; links are listed, so that they can be complained about."""
    try:
        names = os.listdir(place)
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise unreadable(place, error) from error
    return sorted(name for name in names if re.fullmatch(pattern, name))
