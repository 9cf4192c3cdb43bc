"""Releases of the embedded model, as somebody's nights could have left them."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from releases_on_disk import REPOSITORY

from understudy_protocol.release import ADAPTER_FOLDER, DataCut, ReleaseManifest, ReleaseVersion
from understudy_protocol.repository import RepositoryId
from understudy_releases.fingerprint import fingerprint
from understudy_releases.paths import embedded_model
from understudy_releases.publication import publish
from understudy_server.bench.random_adapter import write_adapter


def release_of(
    state_dir: Path,
    *,
    repository: RepositoryId = REPOSITORY,
    commit: str | None = None,
    seed: int = 0,
    **changes: Any,
) -> ReleaseVersion:
    """Published, not promoted; `commit` is the newest that it has learned from, `changes` are other
    fields of its manifest."""
    fields: dict[str, Any] = {
        "repository": repository,
        "created_at": 1_700_000_000_000 + seed,
        "base_model": "prompter",
        "base_fingerprint": fingerprint(embedded_model()),
        "fim_format": "prompter",
        "data_cut": DataCut(commit=commit, cursor=0),
        "files": {},
    }
    with TemporaryDirectory() as folder:
        write_adapter(embedded_model(), Path(folder) / ADAPTER_FOLDER, seed=seed)
        manifest = ReleaseManifest(**(fields | changes))
        return publish(state_dir / "releases", Path(folder), manifest=manifest)
