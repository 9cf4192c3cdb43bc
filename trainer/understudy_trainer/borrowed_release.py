"""A release answers where it was not made: for a checkout that only a benchmark plays in.

A gateway knows by the id of a repository which release answers, and a checkout for a benchmark has
an id of its own. So a copy of the release is published under that id, in the gateway's own state
folder, and promoted there; the gateway takes it over by itself, as in life.
"""

import asyncio
import shutil
from collections.abc import Collection, Iterable
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from understudy_protocol.errors import ConfigError, EngineUnavailable, ReleaseError
from understudy_protocol.release import ReleaseVersion
from understudy_protocol.repository import RepositoryId
from understudy_releases.promotions import promote, rejection
from understudy_releases.publication import publish
from understudy_releases.releases import Release, find, read_release
from understudy_releases.verification import verify
from understudy_typist.gateway_process import GatewayProcess

PREFIX = "release:"
SERVED_S = 120.0
"""In which a gateway takes a release over, on a busy machine too; it looks each second."""
LOOK_S = 0.1


class NamedRelease(msgspec.Struct, frozen=True):
    release: Release
    extras: str
    """What was named with it: nothing, `+snippets` …"""

    @property
    def name(self) -> str:
        """With the whole version, so that what is kept under it is of this release for ever."""
        return f"{PREFIX}{self.release.version}{self.extras}"


def is_release(name: str) -> bool:
    return name.startswith(PREFIX)


def named_release(name: str, state_dir: Path, *, extras: Collection[str]) -> NamedRelease:
    """Of `release:VERSION`, with or without extras; the version may be shortened.

    Raises ConfigError for extras that there are not, NotFound and ReleaseError.
    """
    version, plus, rest = name.removeprefix(PREFIX).partition("+")
    if plus + rest not in extras:
        known = ", ".join(f"{PREFIX}{version}{each}" for each in extras)
        raise ConfigError(f"There is no release with {plus + rest!r}.", f"There are {known}.")
    releases_dir = state_dir / "releases"
    return NamedRelease(read_release(releases_dir, *find(releases_dir, version)), plus + rest)


def whole_names(names: Iterable[str], state_dir: Path, *, extras: Collection[str]) -> list[str]:
    """The same names; those of releases with their whole version."""
    return [
        named_release(name, state_dir, extras=extras).name if is_release(name) else name
        for name in names
    ]


async def lend(
    release: Release, repository: RepositoryId, *, gateway: GatewayProcess
) -> ReleaseVersion:
    """The version of the copy, which answers for `repository` when this returns.

    Raises ReleaseError if the release is damaged or the gateway refuses it.
    """
    version = await asyncio.to_thread(_copied, release, repository, gateway.releases_dir)
    await serve(version, repository, gateway=gateway)
    return version


async def serve(
    version: ReleaseVersion, repository: RepositoryId, *, gateway: GatewayProcess
) -> None:
    """Promotes a release that lies in the gateway's state folder (again, if a night did so already:
    that changes nothing) and waits until it answers. Raises ReleaseError if it is refused."""
    releases_dir = gateway.releases_dir
    await asyncio.to_thread(promote, releases_dir, repository, version, reason="a benchmark")
    try:
        async with asyncio.timeout(SERVED_S):
            while (await gateway.model(repository)).release != version:
                refused = rejection(releases_dir, repository)
                if refused is not None and refused.version in (None, version):
                    raise ReleaseError(
                        f"The gateway does not serve the release: {refused.problem}", refused.remedy
                    )
                await asyncio.sleep(LOOK_S)
    except TimeoutError as error:
        raise EngineUnavailable(
            f"The gateway did not take over the release {version} in {SERVED_S:.0f} seconds.",
            "Look at what else the machine does, then run it again.",
        ) from error


def check_answered_by(answered: str | None, expected: ReleaseVersion | None, *, name: str) -> None:
    """Raises EngineUnavailable if somebody else answered than the figures would be ascribed to."""
    if answered != expected:
        raise EngineUnavailable(
            f"Not {name} answered, but {answered or 'the base model'}: the engine had let go of "
            "the release.",
            "Run it again with fewer releases at a time; what was answered before is kept.",
        )


def _copied(release: Release, repository: RepositoryId, releases_dir: Path) -> ReleaseVersion:
    manifest = release.manifest
    # A damaged file would be whole in its copy, whose digests are new.
    verify(release.folder.parents[1], manifest.repository, release.version, model=None)
    with TemporaryDirectory(prefix="understudy-") as folder:
        for path in manifest.files:
            copy = Path(folder) / path
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(release.folder / path, copy)
        lent = msgspec.structs.replace(manifest, repository=repository)
        return publish(releases_dir, Path(folder), manifest=lent)
