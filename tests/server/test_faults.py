"""Faults around the gateway: an engine that breaks off or talks nonsense; a lost store."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import fake_engine
import pytest
from experience_facts import CLICK, new_id
from fake_engine import Behaviour
from gateway_under_test import (
    MODEL,
    UnderTest,
    asked,
    client,
    deltas,
    ended,
    failed,
    gateway_under_test,
    serving,
    until,
)

from understudy_protocol.completion import FinishReason
from understudy_protocol.errors import EngineUnavailable, FormatError
from understudy_server.app import create_app
from understudy_server.config import Config
from understudy_server.gateway import open_gateway
from understudy_server.people import local_token

MIDWAY = [
    Behaviour(pieces=("foo", "()"), break_at=1),
    Behaviour(pieces=("foo", "()"), garbage_at=1),
    Behaviour(pieces=("foo", "()"), end_at=1),
    Behaviour(pieces=("foo", "()"), error_at=1),
]
AT_ONCE = [
    Behaviour(break_at=0),
    Behaviour(garbage_at=0),
    Behaviour(end_at=0),
    Behaviour(error_at=0),
]


@pytest.mark.parametrize("behaviour", MIDWAY, ids=["break", "garbage", "end", "error"])
async def test_an_engine_that_fails_midway_ends_the_stream_with_a_remedy(
    tmp_path: Path, behaviour: Behaviour
) -> None:
    async with gateway_under_test(tmp_path, behaviour) as under_test:
        chosen = new_id()
        stream = await under_test.complete(id=chosen, remember=True)
        assert deltas(stream) == "foo"
        assert failed(stream).code == "engine-unavailable"
        assert "Ask again" in failed(stream).remedy
        (kept,) = await under_test.gateway.store.completions(ids=[chosen])  # pyright: ignore[reportArgumentType]
        assert (kept.text, kept.finish) == ("foo", FinishReason.FAILED)
        assert under_test.gateway.admission.in_flight == 0


@pytest.mark.parametrize("behaviour", AT_ONCE, ids=["break", "garbage", "end", "error"])
async def test_an_engine_that_fails_before_the_first_text_is_a_status_and_events_are_taken(
    tmp_path: Path, behaviour: Behaviour
) -> None:
    async with gateway_under_test(tmp_path, behaviour) as under_test:
        answer = await under_test.http.post("/v1/completions", json=asked(remember=True))
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "1"
        assert answer.json()["code"] == "engine-unavailable"
        assert await report(under_test) == 200
        (summary,) = await under_test.gateway.store.repositories()
        assert (summary.completions, summary.events) == (0, 1)


async def test_an_engine_that_refuses_is_told_from_one_that_is_away(tmp_path: Path) -> None:
    async with gateway_under_test(tmp_path, Behaviour(vocabulary=2)) as under_test:
        answer = await under_test.http.post("/v1/completions", json=asked())
        assert answer.status_code == 502
        assert answer.json()["code"] == "engine-refused"


async def test_while_the_engine_is_away_events_are_taken_and_it_is_used_when_it_is_back(
    tmp_path: Path,
) -> None:
    behaviour = Behaviour(root=str(MODEL))
    socket = tmp_path / "engine.sock"
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(AsyncExitStack())
        engine = await first.enter_async_context(fake_engine.running(behaviour, socket))
        config = Config(state_dir=tmp_path / "state", engine_urls=(engine.address,))
        app = create_app(config, open_gateway)
        url = await stack.enter_async_context(serving(app))
        http = await stack.enter_async_context(client(url, local_token(config.state_dir)))
        under_test = UnderTest(http, app.state.gateway, engine)
        await until(lambda: under_test.gateway.engines.ready)
        await first.aclose()

        answer = await http.post("/v1/completions", json=asked())
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        assert await report(under_test) == 200
        await until(lambda: not under_test.gateway.engines.ready)
        not_ready = await http.get("/readyz")
        assert (not_ready.status_code, not_ready.headers["retry-after"]) == (503, "1")
        assert (await http.get("/v1/model")).json()["ready"] is False
        assert (await http.get("/healthz")).status_code == 200

        await stack.enter_async_context(fake_engine.running(behaviour, socket))
        await until(lambda: under_test.gateway.engines.ready)
        assert ended(await under_test.complete()).finish is FinishReason.STOP


async def test_a_store_that_fails_does_not_take_the_suggestion_away(under_test: UnderTest) -> None:
    await under_test.gateway.store.close()
    end = ended(await under_test.complete(remember=True))
    assert end.text
    assert not end.remembered
    assert await report(under_test) == 507


async def test_a_gateway_that_is_stopped_ends_its_streams(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        behaviour = Behaviour(pieces=("foo", "()"), hang_at=1)
        under_test = await stack.enter_async_context(gateway_under_test(tmp_path, behaviour))
        request = asyncio.create_task(under_test.http.post("/v1/completions", json=asked()))
        await until(lambda: under_test.engine.state.running == 1)
        await stack.aclose()
        assert under_test.engine.state.running == 0
        await asyncio.gather(request, return_exceptions=True)


async def test_a_model_without_the_formats_tokens_is_refused_at_start(tmp_path: Path) -> None:
    async with fake_engine.running(Behaviour(root=str(MODEL)), tmp_path / "e.sock") as engine:
        config = Config(
            state_dir=tmp_path / "state", engine_urls=(engine.address,), fim_format="codellama"
        )
        with pytest.raises(FormatError, match="does not have them"):
            async with open_gateway(config):
                pass


async def test_an_engine_that_is_away_at_start_is_named(tmp_path: Path) -> None:
    address = f"unix://{tmp_path / 'nobody.sock'}"
    config = Config(state_dir=tmp_path / "state", engine_urls=(address,))
    with pytest.raises(EngineUnavailable, match=r"nobody\.sock"):
        async with open_gateway(config):
            pass


async def report(under_test: UnderTest) -> int:
    """The status with which one event is answered."""
    event = {"type": "rejected", "id": new_id(), "completion": new_id(), "at": 1}
    batch = {"events": [event | {"repository": CLICK}]}
    return (await under_test.http.post("/v1/events", json=batch)).status_code
