"""Agents with the real language server and the real gateway; only the engine is a fake."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from borrowed_releases import release_of
from fake_engine import Behaviour, State
from gateway_under_test import gateway_under_test
from git_histories import git, history
from releases_on_disk import REPOSITORY

from understudy_protocol.errors import ConfigError, NotFound
from understudy_protocol.repository import RepositoryId
from understudy_releases.promotions import promote
from understudy_releases.releases import read_release
from understudy_server.people import local_token
from understudy_trainer.repoworld.assistants import (
    SOURCES,
    WITH_RELEASE,
    Assistant,
    Role,
    assistants,
    learned,
    whole,
)
from understudy_trainer.repoworld.hole import Hole
from understudy_typist.gateway_process import GatewayProcess

ELSEWHERE = "def surface(width, height):\n    return first_side(width) * second_side(height)\n"
PREFIX = "def area(width, height):\n    return first_side("
HOLE = Hole(
    world="w",
    kind="call_arguments",
    path="a.py",
    language="python",
    prefix=PREFIX,
    middle="width) * second_side(height)",
    suffix="\n",
)


@asynccontextmanager
async def beside(
    folder: Path, *roles: Role, pieces: tuple[str, ...]
) -> AsyncIterator[tuple[list[Assistant], State]]:
    """With one gateway, and what its engine saw."""
    async with gateway_under_test(folder, Behaviour(pieces=pieces)) as under_test:
        state = folder / "state"
        gateway = GatewayProcess(str(under_test.http.base_url), local_token(state), state=state)
        async with AsyncExitStack() as stack:
            stack.push_async_callback(gateway.aclose)
            agents = [Assistant(role, gateway, folder / "place") for role in roles]
            for agent in agents:
                stack.push_async_callback(agent.close)
            yield agents, under_test.engine.state


@asynccontextmanager
async def assistant(folder: Path, name: str, *pieces: str) -> AsyncIterator[Assistant]:
    async with beside(folder, Role(name, SOURCES[name]), pieces=pieces) as ([agent], _):
        yield agent


def released(folder: Path) -> Role:
    version = release_of(folder)
    release = read_release(folder / "releases", REPOSITORY, version)
    return Role(f"release:{version}", WITH_RELEASE[""], release)


def world(folder: Path) -> Path:
    history(folder, {"b.py": ELSEWHERE, "a.py": "x = 1\n"})
    return folder


async def test_what_the_model_writes_is_the_answer(tmp_path: Path) -> None:
    async with assistant(tmp_path, "base", "width) * second_side(height)", "\n") as agent:
        await agent.init("w", world(tmp_path / "world"))
        answer = await agent.complete(HOLE)
    assert answer.candidates == (HOLE.middle,)
    assert answer.loss is not None
    assert answer.loss_tokens > 0
    assert answer.prompt_tokens > 0
    assert answer.output_tokens > 0


async def test_what_follows_elsewhere_is_copied_without_a_model(tmp_path: Path) -> None:
    async with assistant(tmp_path, "copy", "zzz", "\n") as agent:
        await agent.init("w", world(tmp_path / "world"))
        answer = await agent.complete(HOLE)
    assert answer.candidates == (HOLE.middle,)
    assert answer.prompt_tokens == 0
    assert answer.loss is None


async def test_a_world_knows_nothing_of_the_one_before(tmp_path: Path) -> None:
    other = tmp_path / "other"
    history(other, {"a.py": "x = 1\n"})
    async with assistant(tmp_path, "copy", "zzz", "\n") as agent:
        await agent.init("other", other)
        before = await agent.complete(HOLE)
        await agent.init("w", world(tmp_path / "world"))
        await agent.complete(HOLE)
        await agent.init("other", other)
        after = await agent.complete(HOLE)
    assert before.candidates == after.candidates == ()


async def test_a_release_answers_and_scores_for_its_agent_only(tmp_path: Path) -> None:
    """Beside the base model, with the same prompts."""
    roles = (Role("base", SOURCES["base"]), released(tmp_path / "own"))
    folder, pieces = world(tmp_path / "world"), ("width) * second_side(height)", "\n")
    async with beside(tmp_path, *roles, pieces=pieces) as (agents, engine):
        seen: list[list[dict[str, object]]] = []
        for agent in agents:
            await agent.init("w", folder)
            engine.bodies.clear()
            answer = await agent.complete(HOLE)
            assert answer.candidates == (HOLE.middle,)
            assert answer.loss is not None
            seen.append(list(engine.bodies))
    of_base, of_release = seen
    assert not any(body["model"] for body in of_base)
    [adapter] = {body["model"] for body in of_release}
    assert str(adapter).startswith("world-")
    assert [body["prompt"] for body in of_base] == [body["prompt"] for body in of_release]


async def test_a_release_goes_with_its_agent_from_world_to_world(tmp_path: Path) -> None:
    """An engine holds a few adapters only, so that of the world before is let go of."""
    first, second = world(tmp_path / "first"), world(tmp_path / "second")
    async with beside(tmp_path, released(tmp_path / "own"), pieces=("x", "\n")) as (
        [agent],
        engine,
    ):
        for name, folder in (("first", first), ("second", second)):
            await agent.init(name, folder)
            await agent.complete(HOLE)
            assert [each.partition("-")[0] for each in engine.adapters] == [name]
    assert git(first, "remote") == ""
    assert git(first, "status", "--porcelain") == ""


async def test_an_agent_that_there_is_not_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no agent 'bas'"):
        async with assistants(["bas"], lambda text: None, state_dir=tmp_path):
            pass
    with pytest.raises(NotFound, match="no release '3f9a'"):
        async with assistants(["release:3f9a"], lambda text: None, state_dir=tmp_path):
            pass


async def test_each_world_has_the_release_that_is_served_for_it(tmp_path: Path) -> None:
    state = tmp_path / "own"
    mine, other = RepositoryId("first-000000000001"), RepositoryId("other-000000000002")
    served = release_of(state, repository=mine, seed=1)
    promote(state / "releases", mine, served, reason="a test")
    release_of(state, repository=other, seed=2)  # which nobody promoted
    [name] = whole(["releases"], state)
    assert name.startswith("releases@")
    assert whole([name, f"{name}+copy"], state) == [name, f"{name}+copy"]
    [release] = learned([name], state)
    assert release.version == served
    role = Role(name, WITH_RELEASE[""], own={"first": release})
    async with beside(tmp_path, role, pieces=("x", "\n")) as ([agent], engine):
        await agent.init("first", world(tmp_path / "first"))
        await agent.complete(HOLE)
        assert len(engine.adapters) == 1
        await agent.init("other", world(tmp_path / "other"))
        await agent.complete(HOLE)
        assert engine.bodies[-1]["model"] is None  # nothing was promoted for it


def test_where_nothing_is_served_that_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="No release is served from"):
        whole(["releases"], tmp_path)


def test_other_releases_are_another_agent(tmp_path: Path) -> None:
    mine = RepositoryId("first-000000000001")
    names: list[str] = []
    for seed in (1, 2):
        version = release_of(tmp_path, repository=mine, seed=seed)
        promote(tmp_path / "releases", mine, version, reason="a test")
        names += whole(["releases+snippets"], tmp_path)
    assert names[0] != names[1]
