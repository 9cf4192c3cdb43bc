import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from fake_engine import Behaviour, Fake, expected_text, running

from understudy_protocol.errors import EngineRefused, EngineUnavailable
from understudy_server.engine import ServedModel
from understudy_server.engines import Engines
from understudy_server.remote import Remote
from understudy_server.supervisor import Patience

PROMPT = [300, 301]
IMPATIENT = Patience(probe_s=0.02, first_back_off_s=0.01, most_back_off_s=0.05)


def pool(*paths: Path) -> Engines:
    return Engines([Remote(f"unix://{path}", patience=IMPATIENT) for path in paths])


@contextlib.asynccontextmanager
async def two(
    tmp_path: Path, first: Behaviour, second: Behaviour
) -> AsyncIterator[tuple[Engines, Fake, Fake]]:
    """Both ready, and nothing counted yet."""
    paths = (tmp_path / "1.sock", tmp_path / "2.sock")
    async with (
        running(first, paths[0]) as one,
        running(second, paths[1]) as other,
        pool(*paths) as engines,
    ):
        await until(lambda: engines.ready_count == 2)
        one.state.bodies.clear()
        other.state.bodies.clear()
        yield engines, one, other


async def text_of(engines: Engines, *, adapter: str | None = None) -> str:
    completion = engines.complete(PROMPT, adapter=adapter, max_tokens=20)
    async with contextlib.aclosing(completion):
        return "".join([delta.text async for delta in completion])


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.005)


async def test_completions_go_to_the_less_busy_engine(tmp_path: Path) -> None:
    async with two(tmp_path, Behaviour(), Behaviour()) as (engines, one, other):
        for fake in (one, other):
            fake.state.behaviour = Behaviour(token_delay_s=0.05)
        await asyncio.gather(*(text_of(engines) for _ in range(6)))
        assert (len(one.state.bodies), len(other.state.bodies)) == (3, 3)


async def test_an_engine_that_fails_before_it_said_anything_is_replaced_by_another(
    tmp_path: Path,
) -> None:
    async with two(tmp_path, Behaviour(), Behaviour()) as (engines, one, other):
        one.state.behaviour = Behaviour(break_at=0)
        assert await text_of(engines) == expected_text(PROMPT, None)
        assert (len(one.state.bodies), len(other.state.bodies)) == (1, 1)


async def test_an_engine_that_fails_in_the_middle_is_not_replaced(tmp_path: Path) -> None:
    async with two(tmp_path, Behaviour(), Behaviour()) as (engines, one, other):
        one.state.behaviour = Behaviour(break_at=1)
        with pytest.raises(EngineUnavailable):
            await text_of(engines)
        assert len(other.state.bodies) == 0


async def test_a_request_that_one_engine_refuses_is_not_tried_on_another(tmp_path: Path) -> None:
    async with two(tmp_path, Behaviour(), Behaviour()) as (engines, _, other):
        completion = engines.complete([9999], adapter=None, max_tokens=1)
        with pytest.raises(EngineRefused):
            await anext(completion)
        assert len(other.state.bodies) == 0


async def test_an_adapter_is_loaded_into_and_unloaded_from_every_engine(tmp_path: Path) -> None:
    async with two(tmp_path, Behaviour(), Behaviour()) as (engines, one, other):
        await engines.load_adapter("r@1", tmp_path)
        await engines.warm_up(PROMPT, adapter="r@1")
        assert [body["model"] for body in (*one.state.bodies, *other.state.bodies)] == ["r@1"] * 2
        assert await text_of(engines, adapter="r@1") == expected_text(PROMPT, "r@1")
        await engines.unload_adapter("r@1")
        assert one.state.adapters == other.state.adapters == {}
        with pytest.raises(EngineUnavailable):
            await text_of(engines, adapter="r@1")


async def test_an_adapter_that_cannot_be_loaded_is_not_used(tmp_path: Path) -> None:
    async with two(tmp_path, Behaviour(), Behaviour()) as (engines, _, _):
        with pytest.raises(EngineRefused):
            await engines.load_adapter("r@1", tmp_path / "nowhere")
        with pytest.raises(EngineUnavailable):
            await text_of(engines, adapter="r@1")


async def test_an_engine_that_comes_back_has_its_adapters_before_it_is_asked(
    tmp_path: Path,
) -> None:
    path = tmp_path / "e.sock"
    async with pool(path) as engines:
        async with running(Behaviour(), path):
            await engines.wait_ready()
            await engines.load_adapter("r@1", tmp_path)
        await until(lambda: not engines.ready)
        assert engines.holds("r@1")
        with pytest.raises(EngineUnavailable):
            await engines.load_adapter("r@2", tmp_path)
        async with running(Behaviour(), path) as again:
            await engines.wait_ready()
            assert set(again.state.adapters) == {"r@1"}
            assert await text_of(engines, adapter="r@1") == expected_text(PROMPT, "r@1")
            assert engines.restarts == 1


async def test_an_adapter_loaded_while_one_engine_is_away_reaches_it_later(tmp_path: Path) -> None:
    paths = (tmp_path / "1.sock", tmp_path / "2.sock")
    async with running(Behaviour(), paths[0]), pool(*paths) as engines:
        await engines.wait_ready()
        await engines.load_adapter("r@1", tmp_path)
        async with running(Behaviour(), paths[1]) as late:
            await until(lambda: engines.ready_count == 2)
            assert set(late.state.adapters) == {"r@1"}


async def test_an_adapter_that_is_gone_from_the_disk_does_not_keep_an_engine_away(
    tmp_path: Path,
) -> None:
    path, adapter = tmp_path / "e.sock", tmp_path / "adapter"
    adapter.mkdir()
    async with pool(path) as engines:
        async with running(Behaviour(), path):
            await engines.wait_ready()
            await engines.load_adapter("r@1", adapter)
        await until(lambda: not engines.ready)
        adapter.rmdir()
        async with running(Behaviour(), path):
            await engines.wait_ready()
            assert await text_of(engines) == expected_text(PROMPT, None)
            assert not engines.holds("r@1")


async def test_the_model_is_that_of_the_engines(tmp_path: Path) -> None:
    path = tmp_path / "e.sock"
    async with running(Behaviour(context=512), path), pool(path) as engines:
        assert await engines.wait_ready() == ServedModel("prompter", "/models/prompter", 512)


async def test_an_engine_with_another_model_is_not_used(tmp_path: Path) -> None:
    paths = (tmp_path / "1.sock", tmp_path / "2.sock")
    async with running(Behaviour(), paths[0]), pool(*paths) as engines:
        await engines.wait_ready()
        async with running(Behaviour(model="other"), paths[1]):
            await until(lambda: "serves other" in engines.state)
            assert engines.ready_count == 1


async def test_without_a_ready_engine_the_reason_is_said(tmp_path: Path) -> None:
    async with pool(tmp_path / "none.sock") as engines:
        with pytest.raises(EngineUnavailable):
            await text_of(engines)
        await until(lambda: "No such file" in engines.state)
        with pytest.raises(EngineUnavailable, match="No such file"):
            await text_of(engines)


async def test_leaving_a_completion_frees_its_engine(tmp_path: Path) -> None:
    slow = Behaviour(tokens=5000, token_delay_s=0.01)
    path = tmp_path / "e.sock"
    async with running(slow, path) as fake, pool(path) as engines:
        await engines.wait_ready()
        completion = engines.complete(PROMPT, adapter=None, max_tokens=5000)
        await anext(completion)
        await completion.aclose()
        await until(lambda: fake.state.aborted == 1 and fake.state.running == 0)
