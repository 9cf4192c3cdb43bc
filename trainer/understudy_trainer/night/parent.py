"""The release that a night goes on from: the one that is served."""

from pathlib import Path

import msgspec

from understudy_protocol.release import ReleaseVersion, served
from understudy_releases import promotions
from understudy_releases.releases import read_release
from understudy_trainer.night.telling import Night


class Parent(msgspec.Struct, frozen=True):
    """The base model, unless a version is set."""

    version: ReleaseVersion | None = None
    since: str | None = None
    """Newest commit that it has learned from."""
    cursor: int = 0
    """Newest event that it has learned from."""
    adapter: Path | None = None


def parent_of(asked: Night, *, fingerprint: str, notes: list[str]) -> Parent:
    """Raises ReleaseError if what is served is damaged."""
    releases_dir = asked.state / "releases"
    version = served(promotions.history(releases_dir, asked.repository))
    if version is None or asked.anew:
        return Parent()
    release = read_release(releases_dir, asked.repository, version)
    manifest = release.manifest
    if manifest.base_fingerprint != fingerprint:
        notes.append(
            f"The served release {version} is of another base model, {manifest.base_model}: this"
            " night begins without it."
        )
        return Parent()
    cut = manifest.data_cut
    return Parent(version, cut.commit, cut.cursor, release.adapter)
