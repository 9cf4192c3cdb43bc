"""Whether a release is whole, is what its name says, and fits the served model.

Nothing of a release reaches the engine before `verify` returned. It opens regular files only: no
link is followed, no device or pipe is read.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

import msgspec

from understudy_protocol.errors import ReleaseError
from understudy_protocol.release import MANIFEST_FILE, Digest, ReleaseVersion
from understudy_protocol.repository import RepositoryId
from understudy_releases.adapter import check_adapter
from understudy_releases.fingerprint import Shape
from understudy_releases.releases import (
    PUBLISH_AGAIN,
    Release,
    entries,
    open_regular,
    read_release,
    unreadable,
)

PICKLES = frozenset({".bin", ".ckpt", ".joblib", ".pickle", ".pkl", ".pt", ".pth"})
"""Suffixes of formats that can run code while they load."""


class BaseModel(msgspec.Struct, frozen=True):
    """What of the served model decides whether a release fits it."""

    fingerprint: Digest
    fim_format: str
    max_rank: int
    """The largest LoRA rank that the engine takes."""
    modules: Mapping[str, Shape | None] | None = None
    """From `fingerprint.linear_modules`; None leaves out the check of names and shapes."""


def verify(
    releases_dir: Path,
    repository: RepositoryId,
    version: ReleaseVersion,
    *,
    model: BaseModel | None,
) -> Release:
    """The release, once every byte of it has been checked. Raises ReleaseError.

    `model` is what it shall be served with; None (no gateway at hand) leaves out whether it fits.
    """
    release = read_release(releases_dir, repository, version)
    if model is not None:
        _check_base(release, model)
    try:
        _check_tree(release)
        for path, digest in release.manifest.files.items():
            _check_digest(release.folder / path, digest)
        if release.adapter is not None:
            check_adapter(
                release.adapter,
                max_rank=None if model is None else model.max_rank,
                modules=None if model is None else model.modules,
            )
    except OSError as error:
        raise unreadable(release.folder, error) from error
    return release


def _check_base(release: Release, model: BaseModel) -> None:
    manifest = release.manifest
    if manifest.base_fingerprint != model.fingerprint:
        raise ReleaseError(
            f"The release {release.folder} is for the base model {manifest.base_model} "
            f"({manifest.base_fingerprint[:12]}…); the served one is {model.fingerprint[:12]}….",
            f"Serve {manifest.base_model}, or train a release for the served model.",
        )
    if manifest.fim_format != model.fim_format:
        raise ReleaseError(
            f"The release {release.folder} was trained on prompts in the format "
            f"{manifest.fim_format}; the gateway renders {model.fim_format}.",
            f"Start the gateway with --fim-format {manifest.fim_format}, or train again.",
        )


def _check_tree(release: Release) -> None:
    """The files below the folder are exactly those that the manifest lists."""
    listed = set(release.manifest.files)
    folders = {str(place) for path in listed for place in PurePosixPath(path).parents}
    found: set[str] = set()
    for path, is_folder in entries(release.folder):
        if is_folder and path in folders:
            continue
        if path != MANIFEST_FILE and path not in listed:
            raise ReleaseError(
                f"The release {release.folder} contains {path}, which its manifest does not list.",
                PUBLISH_AGAIN,
            )
        if PurePosixPath(path).suffix.lower() in PICKLES:
            raise ReleaseError(
                f"The release {release.folder} contains {path}: "
                "files of this kind can run code while they load.",
                "Save weights as safetensors and everything else as JSON, then publish again.",
            )
        found.add(path)
    if missing := sorted(listed - found):
        raise ReleaseError(
            f"The release {release.folder} lacks {missing[0]}, which its manifest lists.",
            PUBLISH_AGAIN,
        )


def _check_digest(path: Path, expected: Digest) -> None:
    sha256 = hashlib.sha256()
    with open_regular(path) as file:
        while block := file.read(1 << 20):
            sha256.update(block)
    found = sha256.hexdigest()
    if found != expected:
        raise ReleaseError(
            f"{path} is damaged: its SHA-256 is {found[:12]}…, the manifest says {expected[:12]}….",
            PUBLISH_AGAIN,
        )
