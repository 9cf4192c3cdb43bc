"""Releases lent to a real gateway; only the engine is a fake."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from borrowed_releases import release_of
from gateway_under_test import gateway_under_test
from releases_on_disk import OTHER_REPOSITORY, REPOSITORY, overwrite

from understudy_protocol.errors import ConfigError, EngineUnavailable, NotFound, ReleaseError
from understudy_protocol.release import ADAPTER_FOLDER, ReleaseVersion
from understudy_protocol.repository import RepositoryId
from understudy_releases.adapter import WEIGHTS_FILE
from understudy_releases.releases import read_release
from understudy_server.people import local_token
from understudy_trainer.borrowed_release import (
    check_answered_by,
    is_release,
    lend,
    named_release,
    serve,
    whole_names,
)
from understudy_typist.gateway_process import GatewayProcess

PLAYED = RepositoryId("sums-00000000000a")
EXTRAS = ("", "+snippets")


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[GatewayProcess]:
    async with gateway_under_test(folder) as under_test:
        state = folder / "state"
        gateway = GatewayProcess(str(under_test.http.base_url), local_token(state), state=state)
        yield gateway
        await gateway.aclose()


async def test_a_release_answers_for_the_checkout_that_it_was_lent_to_and_for_no_other(
    tmp_path: Path,
) -> None:
    version = release_of(tmp_path / "own")
    release = read_release(tmp_path / "own" / "releases", REPOSITORY, version)
    async with running(tmp_path) as gateway:
        served = await lend(release, PLAYED, gateway=gateway)
        assert (await gateway.model(PLAYED)).release == served != version
        assert (await gateway.model(OTHER_REPOSITORY)).release is None
        copy = read_release(gateway.releases_dir, PLAYED, served)
    assert copy.manifest.files == release.manifest.files
    assert copy.manifest.data_cut == release.manifest.data_cut


async def test_what_is_forgotten_answers_no_more(tmp_path: Path) -> None:
    version = release_of(tmp_path / "own")
    release = read_release(tmp_path / "own" / "releases", REPOSITORY, version)
    async with running(tmp_path) as gateway:
        await lend(release, PLAYED, gateway=gateway)
        await gateway.forget(PLAYED)
        assert (await gateway.model(PLAYED)).release is None
        assert not (gateway.releases_dir / PLAYED).exists()


async def test_another_release_takes_over_while_the_gateway_runs(tmp_path: Path) -> None:
    async with running(tmp_path) as gateway:
        first, second = (release_of(gateway.state, repository=PLAYED, seed=seed) for seed in (1, 2))
        for version in (first, second):
            await serve(version, PLAYED, gateway=gateway)
            assert (await gateway.model(PLAYED)).release == version


async def test_a_release_of_another_base_model_is_refused_with_the_problem(
    tmp_path: Path,
) -> None:
    version = release_of(tmp_path / "own", base_model="bigger", base_fingerprint="0" * 64)
    release = read_release(tmp_path / "own" / "releases", REPOSITORY, version)
    async with running(tmp_path) as gateway:
        with pytest.raises(ReleaseError, match="is for the base model bigger") as refused:
            await lend(release, PLAYED, gateway=gateway)
    assert "Serve bigger" in refused.value.remedy


async def test_a_damaged_release_is_not_made_whole_by_copying_it(tmp_path: Path) -> None:
    version = release_of(tmp_path / "own")
    release = read_release(tmp_path / "own" / "releases", REPOSITORY, version)
    weights = release.folder / ADAPTER_FOLDER / WEIGHTS_FILE
    overwrite(weights, weights.read_bytes()[:-1] + b"x")
    async with running(tmp_path) as gateway:
        with pytest.raises(ReleaseError, match="damaged"):
            await lend(release, PLAYED, gateway=gateway)


def test_a_name_is_kept_with_its_whole_version(tmp_path: Path) -> None:
    version = release_of(tmp_path)
    names = ["base", f"release:{version[:4]}+snippets"]
    assert whole_names(names, tmp_path, extras=EXTRAS) == ["base", f"release:{version}+snippets"]
    assert [is_release(name) for name in names] == [False, True]


@pytest.mark.parametrize(
    ("name", "kind", "problem"),
    [
        ("release:ffffffffffff", NotFound, "no release 'ffffffffffff'"),
        ("release:", NotFound, "no release ''"),
        ("release:+snippets", NotFound, "no release ''"),
        ("release:0+copies", ConfigError, r"no release with '\+copies'"),
        ("release:0+", ConfigError, r"no release with '\+'"),
    ],
)
def test_a_release_that_there_is_not_is_named(
    tmp_path: Path, name: str, kind: type[Exception], problem: str
) -> None:
    with pytest.raises(kind, match=problem):
        named_release(name, tmp_path, extras=EXTRAS)


def test_an_answer_of_somebody_else_is_ascribed_to_nobody() -> None:
    mine, other = ReleaseVersion("a" * 12), ReleaseVersion("b" * 12)
    check_answered_by(mine, mine, name="release:a")
    check_answered_by(None, None, name="base")
    with pytest.raises(EngineUnavailable, match="Not release:a answered, but the base model"):
        check_answered_by(None, mine, name="release:a")
    with pytest.raises(EngineUnavailable, match=f"but {other}"):
        check_answered_by(other, mine, name="release:a")
