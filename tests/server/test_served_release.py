"""A release of the embedded model, from its directory to what the gateway says of it."""

from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
from experience_facts import CLICK
from gateway_under_test import UnderTest, asked, ended, until

from understudy_protocol.release import ADAPTER_FOLDER, DataCut, ReleaseManifest, ReleaseVersion
from understudy_releases.paths import embedded_model
from understudy_releases.promotions import promote
from understudy_releases.publication import publish
from understudy_server.bench.random_adapter import write_adapter
from understudy_server.gateway import Gateway


def released(gateway: Gateway) -> ReleaseVersion:
    """Made and promoted."""
    manifest = ReleaseManifest(
        repository=CLICK,
        created_at=0,
        base_model=gateway.model.name,
        base_fingerprint=gateway.model.fingerprint,
        fim_format=gateway.format.name,
        data_cut=DataCut(commit=None, cursor=0),
        files={},
    )
    releases_dir = gateway.config.releases_dir
    with TemporaryDirectory() as folder:
        write_adapter(embedded_model(), Path(folder) / ADAPTER_FOLDER, seed=0)
        version = publish(releases_dir, Path(folder), manifest=manifest)
    promote(releases_dir, CLICK, version, reason="")
    return version


async def test_a_promoted_release_answers_scores_and_is_told(under_test: UnderTest) -> None:
    gateway, http = under_test.gateway, under_test.http
    version = released(gateway)
    await until(lambda: gateway.serving.current(CLICK).release == version)

    assert ended(await under_test.complete()).release == version
    body = {name: asked()[name] for name in ("repository", "path", "prefix", "suffix")}
    scores = await http.post("/v1/scores", json=body | {"candidates": ["x"]})
    assert scores.json()["release"] == version
    told = await http.get("/v1/model", params={"repository": CLICK})
    assert told.json()["release"] == version
    assert (await http.get("/v1/model")).json()["release"] is None


async def test_an_engine_that_refuses_the_release_after_a_restart_answers_without_it(
    under_test: UnderTest,
) -> None:
    gateway, state = under_test.gateway, under_test.engine.state
    version = released(gateway)
    await until(lambda: gateway.serving.current(CLICK).release == version)

    well = state.behaviour
    state.behaviour = msgspec.structs.replace(well, start_delay_s=3600)
    await until(lambda: not gateway.engines.ready)
    adapter = gateway.config.releases_dir / CLICK / version / ADAPTER_FOLDER
    adapter.rename(adapter.with_name("gone"))
    state.adapters.clear()
    state.behaviour = well
    await until(lambda: gateway.engines.ready)

    assert ended(await under_test.complete()).release is None
    await until(lambda: gateway.serving.status()[0].rejected is not None)
    [status] = gateway.serving.status()
    assert (status.promoted, status.serving) == (version, None)
