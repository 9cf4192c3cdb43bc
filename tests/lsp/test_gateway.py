"""The gateway as the language server sees it, whatever answers at its address."""

import socket
from pathlib import Path

import pytest
from fake_gateway import TOKEN, FakeGateway, fake_gateway, saying

from understudy_lsp.gateway import Address, Gateway, find_gateway
from understudy_lsp.options import GatewayOptions
from understudy_lsp.request import AFTER, BEFORE, GRID, request_for
from understudy_lsp.snapshot import Snapshot
from understudy_protocol.completion import (
    CompletionEnd,
    CompletionId,
    CompletionRequest,
    Mode,
    StreamRecord,
    TextDelta,
)
from understudy_protocol.errors import Busy, EngineUnavailable, NoToken, Problem
from understudy_protocol.repository import RepositoryId

REPOSITORY = RepositoryId("click-0123456789ab")
ID = CompletionId("00000000-0000-4000-8000-000000000000")


def asked(text: str = "x = ", offset: int | None = None) -> CompletionRequest:
    snapshot = Snapshot(
        uri="file:///a.py",
        path="a.py",
        language="python",
        version=1,
        text=text,
        offset=len(text) if offset is None else offset,
    )
    return request_for(
        snapshot,
        repository=REPOSITORY,
        completion=ID,
        mode=Mode.LINE,
        snippets=(),
        session="s",
        remember=False,
    )


def to(gateway: FakeGateway, token: str = TOKEN) -> Gateway:
    return Gateway(lambda: Address(gateway.url, token))


async def records(gateway: Gateway) -> list[StreamRecord]:
    return [record async for record in gateway.complete(asked())]


async def test_records_come_as_the_gateway_sends_them() -> None:
    async with fake_gateway() as fake:
        fake.script = saying("1 +", " 2")
        gateway = to(fake)
        *texts, end = await records(gateway)
        assert texts == [TextDelta("1 +"), TextDelta(" 2")]
        assert isinstance(end, CompletionEnd)
        assert end.text == "1 + 2"
        assert (await gateway.model()).name == "fake"
        await gateway.close()


async def test_leaving_the_stream_hangs_up() -> None:
    async with fake_gateway() as fake:
        fake.script = saying(*["word "] * 1000, pause_s=0.01)
        gateway = to(fake)
        stream = gateway.complete(asked())
        assert await anext(stream) == TextDelta("word ")
        await stream.aclose()
        while not fake.left:
            await gateway.model()  # gives the server turns until it has noticed
        await gateway.close()


async def test_a_refusal_is_told_in_the_gateways_words() -> None:
    async with fake_gateway() as fake:
        fake.problem = (429, Problem("busy", "The engine is full.", "Ask again."))
        gateway = to(fake)
        with pytest.raises(Busy, match="engine is full"):
            await records(gateway)
        stranger = to(fake, "another")
        with pytest.raises(NoToken):
            await stranger.model()
        await gateway.close()
        await stranger.close()


@pytest.mark.parametrize("rubbish", [b"<html>", b"\xff\xfe", b"", b"event: text\ndata: {\n\n"])
async def test_rubbish_is_told_as_such(rubbish: bytes) -> None:
    async with fake_gateway() as fake:
        fake.rubbish = rubbish
        gateway = to(fake)
        with pytest.raises(EngineUnavailable, match="not Understudy"):
            await gateway.model()
        if rubbish:
            with pytest.raises(EngineUnavailable, match="not Understudy"):
                await records(gateway)
        await gateway.close()


async def test_nobody_there_is_told_with_what_to_do() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    gateway = Gateway(lambda: Address(f"http://127.0.0.1:{port}", TOKEN))
    with pytest.raises(EngineUnavailable, match="understudy serve"):
        await gateway.model()
    await gateway.close()
    nowhere = Gateway(lambda: None)
    with pytest.raises(EngineUnavailable, match="understudy serve"):
        await records(nowhere)
    await nowhere.close()


def test_the_local_gateway_is_found_by_what_it_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UNDERSTUDY_STATE_DIR", str(tmp_path))
    assert find_gateway(GatewayOptions()) is None
    (tmp_path / "address").write_text("http://127.0.0.1:8764\n")
    (tmp_path / "token").write_text("secret\n")
    assert find_gateway(GatewayOptions()) == Address("http://127.0.0.1:8764", "secret")
    elsewhere = GatewayOptions(url="http://box:1/", token="t")
    assert find_gateway(elsewhere) == Address("http://box:1", "t")


def test_a_long_prefix_is_cut_at_the_same_place_for_many_keys() -> None:
    text = "a" * (BEFORE + 3 * GRID + 1)
    one, other = asked(text), asked(text + "b" * 100)
    assert len(one.prefix) <= BEFORE
    assert other.prefix == one.prefix + "b" * 100
    assert len(asked(text, offset=0).suffix) == AFTER


def test_half_a_surrogate_pair_does_not_stop_a_request() -> None:
    assert asked("x = '\ud83d' + '😋'").prefix == "x = '�' + '😋'"
