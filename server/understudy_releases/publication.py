"""Putting a finished folder into the releases folder as a release."""

import hashlib
import os
import shutil
from pathlib import Path
from typing import BinaryIO

import msgspec

from understudy_protocol.errors import ReleaseError
from understudy_protocol.release import (
    MANIFEST_FILE,
    Digest,
    ReleaseManifest,
    ReleaseVersion,
    content_address,
    encode_manifest,
    is_plain_path,
)
from understudy_releases.durable import locked, sync_folder, write_file
from understudy_releases.releases import entries, open_regular, unwritable

INCOMING = ".incoming"


def publish(releases_dir: Path, staged: Path, *, manifest: ReleaseManifest) -> ReleaseVersion:
    """Copy the folder `staged` into place as a release; its version.

    `manifest.files` is filled in here from what lies in `staged`. Nothing is ever overwritten: the
    same content has the same version, and publishing it again changes nothing. After a crash at any
    point the release is there whole or not at all.

    Raises ReleaseError if `staged` holds anything but plain files and folders, or the disk is full.
    """
    home = releases_dir / manifest.repository
    incoming = home / INCOMING
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        with locked(home):
            shutil.rmtree(incoming, ignore_errors=True)  # what a crash left behind
            incoming.mkdir(mode=0o700)
            try:
                files = _copy(staged, incoming)
                encoded = encode_manifest(msgspec.structs.replace(manifest, files=files))
                version = content_address(encoded)
                write_file(incoming / MANIFEST_FILE, encoded, mode=0o400)
                _sync_tree(incoming)
                _put_in_place(incoming, home / version)
            finally:
                shutil.rmtree(incoming, ignore_errors=True)
            sync_folder(home)
    except OSError as error:
        raise unwritable(home, error) from error
    sync_folder(releases_dir)
    return version


def _put_in_place(incoming: Path, folder: Path) -> None:
    # A folder that is there has the same name, so the same manifest, so the same content.
    if not os.path.lexists(folder):
        incoming.rename(folder)


def _copy(staged: Path, target: Path) -> dict[str, Digest]:
    """Digests of the copied files by path, in order of the paths."""
    digests: dict[str, Digest] = {}
    for path in sorted(path for path, is_folder in entries(staged) if not is_folder):
        if not is_plain_path(path) or path == MANIFEST_FILE:
            raise ReleaseError(
                f"{staged} has a file {path!r}, which a release cannot hold.",
                "Use letters, digits, `.`, `_`, `-`, no leading dot; leave out the manifest.",
            )
        copy = target / path
        copy.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open_regular(staged / path) as source:
            digests[path] = _copy_file(source, copy)
    return digests


def _copy_file(source: BinaryIO, path: Path) -> Digest:
    digest = hashlib.sha256()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
    with os.fdopen(descriptor, "wb") as target:
        while block := source.read(1 << 20):
            digest.update(block)
            target.write(block)
        target.flush()
        os.fsync(target.fileno())
    return digest.hexdigest()


def _sync_tree(folder: Path) -> None:
    for place, _, _ in os.walk(folder):
        sync_folder(Path(place))
