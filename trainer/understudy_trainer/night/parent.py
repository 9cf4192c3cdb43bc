"""The release that a night goes on from, the one that is served, and what it has to beat."""

from pathlib import Path

import msgspec

from understudy_protocol.errors import ReleaseError
from understudy_protocol.release import ReleaseVersion, standing
from understudy_releases import promotions
from understudy_releases.releases import Release
from understudy_releases.verification import verify
from understudy_trainer.night.held_out import rewritten
from understudy_trainer.night.telling import Night
from understudy_trainer.repoworld.worlds import World, newest_shared


class Served(msgspec.Struct, frozen=True):
    """What a candidate has to be better than."""

    version: ReleaseVersion
    adapter: Path | None
    """None if it is the base model as it is, with what else was learned."""
    since: str | None
    """Newest commit of the history that it has learned from."""
    beside: str | None = None
    """The commit that it has really learned from, if that lies on another branch."""


class Parent(msgspec.Struct, frozen=True):
    """The base model, unless a version is set."""

    version: ReleaseVersion | None = None
    since: str | None = None
    """Newest commit of the history that it has learned from."""
    cursor: int = 0
    """Newest event that it has learned from."""
    adapter: Path | None = None
    began_at: int = 0
    """When its night began: milliseconds since the epoch."""
    served: Served | None = None
    """The same release, unless the weights begin anew."""


def parent_of(asked: Night, world: World, *, fingerprint: str, notes: list[str]) -> Parent:
    """Raises ReleaseError if it cannot be told what is served, and ConfigError if that has learned
    from another history."""
    release = _whole(asked, notes)
    if release is None:
        return Parent()
    version, manifest = release.version, release.manifest
    if manifest.base_fingerprint != fingerprint:
        notes.append(
            f"The served release {version} is of another base model, {manifest.base_model}: this"
            " night begins without it."
        )
        return Parent()
    cut = manifest.data_cut
    since = None if cut.commit is None else newest_shared(world, cut.commit)
    if cut.commit is not None and since is None:
        if not asked.anew:
            raise rewritten(world, cut.commit)
        # It may have learned everything that is held out tonight.
        notes.append(
            f"The served release {version} has learned from another history, so it is not compared"
            " with what was learned tonight; the base model is."
        )
        return Parent()
    beside = cut.commit if cut.commit != since else None
    served = Served(version, release.adapter, since, beside)
    if asked.anew:
        notes.append(
            "This night begins anew at the base model; what it is compared with as its parent is"
            f" the served release {version}."
        )
        return Parent(served=served)
    if since is not None and beside is not None:
        notes.append(
            f"The served release has learned up to commit {beside[:12]} of a branch that was"
            f" merged, squashed or rebased since: this night begins at {since[:12]}, where the"
            " branch did."
        )
    return Parent(version, since, cut.cursor, release.adapter, manifest.created_at, served)


def _whole(asked: Night, notes: list[str]) -> Release | None:
    """What is served, or the newest before it that is not damaged; None is the base model."""
    releases_dir = asked.state / "releases"
    for version in reversed(standing(promotions.history(releases_dir, asked.repository))):
        if version is None:
            return None
        try:
            return verify(releases_dir, asked.repository, version, model=None)
        except ReleaseError as error:
            notes.append(
                f"This night goes on from what was served before {version}. {error.problem}"
            )
    return None
