"""Agents with the real language server and the real gateway; only the engine is a fake."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from fake_engine import Behaviour
from gateway_under_test import gateway_under_test
from git_histories import history

from understudy_protocol.errors import ConfigError
from understudy_server.people import local_token
from understudy_trainer.repoworld.assistants import Assistant, assistants
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
async def assistant(folder: Path, name: str, *pieces: str) -> AsyncIterator[Assistant]:
    async with gateway_under_test(folder, Behaviour(pieces=pieces)) as under_test:
        gateway = GatewayProcess(str(under_test.http.base_url), local_token(folder / "state"))
        agent = Assistant(name, gateway, folder / "place")
        try:
            yield agent
        finally:
            await agent.close()
            await gateway.close()


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


async def test_an_agent_that_there_is_not_is_named() -> None:
    with pytest.raises(ConfigError, match="no agent 'bas'"):
        async with assistants(["bas"], lambda text: None):
            pass
