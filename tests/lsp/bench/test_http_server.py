"""The HTTP of the servers that the benchmark plays."""

import asyncio
import time

import httpx
import pytest

from understudy_lsp.bench.http_server import Asked, Reply, served


async def test_one_connection_carries_several_requests() -> None:
    async def echo(asked: Asked) -> Reply:
        return Reply(asked.method.encode() + asked.path.encode() + asked.body, status=201)

    async with served(echo) as url, httpx.AsyncClient(base_url=url) as client:
        first = await client.post("/One", content=b"body")
        second = await client.get("/two")
    assert (first.status_code, first.content) == (201, b"POST/one" + b"body")
    assert second.content == b"GET/two"


async def test_a_server_has_a_request_before_and_sends_the_reply_after_its_handler_runs() -> None:
    ran: list[float] = []
    sent: asyncio.Future[float] = asyncio.get_running_loop().create_future()

    async def note(asked: Asked) -> Reply:
        ran.extend((asked.at, time.perf_counter()))
        return Reply(sent=sent.set_result)

    async with served(note) as url, httpx.AsyncClient(base_url=url) as client:
        began = time.perf_counter()
        await client.post("/", content=b"body")
        ended = time.perf_counter()
    assert [began, *ran, await sent, ended] == sorted([began, *ran, await sent, ended])


async def test_a_handler_whose_client_hangs_up_is_cancelled() -> None:
    began, cancelled = asyncio.Event(), asyncio.Event()

    async def slow(asked: Asked) -> Reply:
        began.set()
        try:
            return await asyncio.Future()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    async with served(slow) as url, httpx.AsyncClient(base_url=url) as client:
        asking = asyncio.create_task(client.get("/"))
        await began.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        async with asyncio.timeout(10):
            await cancelled.wait()
