"""A proved candidate becomes a release, and the release becomes what is served."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import msgspec

from understudy_protocol.completion import Model
from understudy_protocol.errors import ReleaseError
from understudy_protocol.release import (
    ADAPTER_FOLDER,
    ReleaseManifest,
    ReleaseVersion,
    ServingHistory,
    served,
    standing,
)
from understudy_protocol.repository import RepositoryId
from understudy_releases import promotions
from understudy_releases.publication import publish
from understudy_releases.releases import read_release
from understudy_trainer.learn.whole_file import write_whole

SERVING = "serving.json"

SERVED_S = 60.0
"""In which a running gateway has loaded a release and answers with it."""


def publish_and_promote(
    releases_dir: Path,
    adapter: Path | None,
    *,
    besides: Callable[[Path], None],
    manifest: ReleaseManifest,
    scratch: Path,
    since: ServingHistory,
    reason: str,
) -> ReleaseVersion | None:
    """There whole or not at all; done again after a kill, it changes nothing. `besides` writes what
    else was learned into the folder. None if the serving history is no longer `since`: somebody
    decided meanwhile, and the release is there to be promoted by hand.

    Raises ReleaseError, also if the disk is full.
    """
    staged = scratch / "staged"
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir(parents=True)
    if adapter is not None:
        shutil.copytree(adapter, staged / ADAPTER_FOLDER)
    besides(staged)
    version = publish(releases_dir, staged, manifest=manifest)
    after = promotions.promote(
        releases_dir, manifest.repository, version, since=since, reason=reason
    )
    shutil.rmtree(staged, ignore_errors=True)
    return version if served(after) == version else None


def seen_at_first(tonight: Path, history: ServingHistory) -> ServingHistory:
    """The serving history as it was when tonight's night was planned, also for one that goes on:
    it is kept beside the plan."""
    path = tonight / SERVING
    try:
        return msgspec.json.decode(path.read_bytes(), type=ServingHistory)
    except (OSError, msgspec.DecodeError):
        write_whole(path, msgspec.json.encode(history))
        return history


def undone_before(
    releases_dir: Path,
    history: ServingHistory,
    *,
    parent: ReleaseVersion | None,
    learn_until: str,
) -> str:
    """Why this night would only make again what was rolled back last; "" if it would not."""
    if not history.promotions or not history.promotions[-1].rollback:
        return ""
    before = standing(msgspec.structs.replace(history, promotions=history.promotions[:-1]))
    undone = before[-1]
    if undone is None:
        return ""
    try:
        manifest = read_release(releases_dir, history.repository, undone).manifest
    except ReleaseError:
        return ""  # it is not there any more
    if (manifest.parent, manifest.data_cut.commit) != (parent, learn_until):
        return ""
    return (
        f"Release {undone}, which has learned from the same commits, was rolled back. Newer commits"
        f" bring the next night; `understudy releases promote {undone}` serves it all the same."
    )


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
