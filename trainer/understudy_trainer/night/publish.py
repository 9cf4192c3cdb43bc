"""A proved candidate becomes a release, and the release becomes what is served."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import msgspec

from understudy_protocol.completion import Model
from understudy_protocol.release import ADAPTER_FOLDER, ReleaseManifest, ReleaseVersion
from understudy_protocol.repository import RepositoryId
from understudy_releases import promotions
from understudy_releases.publication import publish

SERVED_S = 60.0
"""In which a running gateway has loaded a release and answers with it."""


def publish_and_promote(
    releases_dir: Path,
    adapter: Path,
    *,
    besides: Callable[[Path], None],
    manifest: ReleaseManifest,
    scratch: Path,
    reason: str,
) -> ReleaseVersion:
    """There whole or not at all; done again after a kill, it changes nothing. `besides` writes what
    else was learned into the folder.

    Raises ReleaseError, also if the disk is full.
    """
    staged = scratch / "staged"
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir(parents=True)
    shutil.copytree(adapter, staged / ADAPTER_FOLDER)
    besides(staged)
    version = publish(releases_dir, staged, manifest=manifest)
    promotions.promote(releases_dir, manifest.repository, version, reason=reason)
    shutil.rmtree(staged, ignore_errors=True)
    return version


def seconds_until_served(
    gateway: httpx.Client, repository: RepositoryId, version: ReleaseVersion, *, began: float
) -> float | None:
    """How long after `began`, in monotonic seconds, the gateway answers with it; None if it does
    not."""
    while time.monotonic() - began < SERVED_S:
        try:
            answer = gateway.get("/v1/model", params={"repository": repository})
            if msgspec.json.decode(answer.content, type=Model).release == version:
                return time.monotonic() - began
        except (httpx.HTTPError, msgspec.DecodeError):
            return None
        time.sleep(0.2)
    return None
