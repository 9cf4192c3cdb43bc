"""The client that completions are asked with, and how it reads answers."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from understudy_lsp.http1 import Client, Site, site_of
from understudy_lsp.http1_answer import AnswerReader

BODY = b"event: text\ndata: {}\n\n"
COUNTED = b"HTTP/1.1 200 OK\r\nContent-Length: 22\r\n\r\n" + BODY
CHUNKED = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"5\r\nevent\r\n11;x=y\r\n: text\ndata: {}\n\n\r\n0\r\nx: y\r\n\r\n"
)
OPEN = b"HTTP/1.1 200 OK\r\n\r\n" + BODY
CUT_SHORT = b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nx"
EARLY = b"HTTP/1.1 100 Continue\r\n\r\n" + COUNTED


def read(answer: bytes, cuts: list[int]) -> tuple[int, bytes, bool, bool]:
    reader, body = AnswerReader(), b""
    edges = [0, *sorted(cut % (len(answer) + 1) for cut in cuts), len(answer)]
    for start, end in pairwise(edges):
        reader.feed(answer[start:end])
        body += reader.take()
    reader.end()
    return reader.status, body, reader.complete, reader.keep_alive


@given(answer=st.sampled_from([COUNTED, CHUNKED, OPEN, EARLY]), cuts=st.lists(st.integers(0, 200)))
def test_an_answer_is_the_same_however_it_is_cut(answer: bytes, cuts: list[int]) -> None:
    assert read(answer, cuts) == (200, BODY, True, answer != OPEN)


@given(st.lists(st.binary(max_size=40)))
def test_whatever_comes_is_read_or_refused(parts: list[bytes]) -> None:
    reader = AnswerReader()
    try:
        for part in parts:
            reader.feed(part)
        reader.end()
    except ConnectionError:
        return
    assert not reader.complete or reader.status


@given(st.binary(min_size=1, max_size=40), st.sampled_from([COUNTED, CHUNKED]))
def test_more_than_an_answer_is_refused(more: bytes, answer: bytes) -> None:
    with pytest.raises(ConnectionError):
        AnswerReader().feed(answer + more)


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
        b"HTTP/1.1 2000 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0x5\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nxy\r\n",
        b"HTTP/1.1 200 OK\r\nx: " + b"y" * 70_000,
    ],
)
def test_what_is_no_http_is_refused(answer: bytes) -> None:
    with pytest.raises(ConnectionError):
        AnswerReader().feed(answer)


def test_only_plain_http_is_its_business() -> None:
    assert site_of("http://127.0.0.1:8764") == Site("127.0.0.1", 8764, "")
    assert site_of("http://[::1]:80/gateway/") == Site("::1", 80, "/gateway")
    assert site_of("https://box:1") is None
    assert site_of("http://name:word@box:1") is None
    assert site_of("box") is None
    with pytest.raises(ValueError, match=r"[Pp]ort"):
        site_of("http://box:99999")


@asynccontextmanager
async def served(answers: list[bytes]) -> AsyncGenerator[tuple[Site, list[int]]]:
    """Each connection gets these answers in turn, one for a request, and is closed after the last;
    beside it, how many requests each connection has sent."""
    asked: list[int] = []
    serving: set[asyncio.Task[None]] = set()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving.add(asyncio.create_task(serve(reader, writer)))

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        mine = len(asked)
        asked.append(0)
        try:
            for answer in answers:
                await reader.readuntil(b"\r\n\r\n")
                asked[mine] += 1
                writer.write(answer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()

    listening = await asyncio.start_server(connected, "127.0.0.1", 0)
    async with listening:
        yield Site("127.0.0.1", listening.sockets[0].getsockname()[1], ""), asked
        await asyncio.gather(*serving)


def client() -> Client:
    return Client(connect_s=5.0, silence_s=5.0)


async def body(asking: Client, site: Site) -> bytes:
    async with asking.post(site, "/", headers={}, content=b"") as answer:
        return await answer.body()


async def test_a_connection_is_used_again() -> None:
    async with served([COUNTED, CHUNKED, COUNTED]) as (site, asked):
        asking = client()
        assert [await body(asking, site) for _ in range(3)] == [BODY] * 3
        assert asked == [3]
        await asking.close()


async def test_who_is_slow_is_waited_for_and_who_is_silent_is_given_up() -> None:
    parts, left = [b"one", b"two", b"three"], asyncio.Event()

    async def slowly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
        for part in parts:
            await asyncio.sleep(1.0)
            writer.write(part)
        await reader.read()
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
        left.set()

    listening = await asyncio.start_server(slowly, "127.0.0.1", 0)
    async with listening:
        site = Site("127.0.0.1", listening.sockets[0].getsockname()[1], "")
        asking = Client(connect_s=5.0, silence_s=2.0)
        async with asking.post(site, "/", headers={}, content=b"") as answer:
            assert [await answer.part() for _ in parts] == parts
            with pytest.raises(TimeoutError):
                await answer.part()
        await asking.close()
        await left.wait()


async def test_a_connection_that_the_other_side_closed_is_replaced() -> None:
    async with served([COUNTED]) as (site, asked):
        asking = client()
        assert [await body(asking, site) for _ in range(3)] == [BODY] * 3
        assert asked == [1, 1, 1]
        await asking.close()


async def test_an_answer_that_is_left_costs_its_connection() -> None:
    async with served([CUT_SHORT, COUNTED]) as (site, asked):
        asking = client()
        async with asking.post(site, "/", headers={}, content=b"") as answer:
            assert await answer.part() == b"x"
        async with asking.post(site, "/", headers={}, content=b"") as answer:
            assert await answer.part() == b"x"
        assert asked == [1, 1]
        await asking.close()


async def test_a_connection_made_ahead_is_the_one_that_is_used() -> None:
    async with served([COUNTED, COUNTED]) as (site, asked):
        asking = client()
        await asking.warm(site)
        await asking.warm(site)
        assert await body(asking, site) == BODY
        assert asked == [1]
        await asking.close()


async def test_a_body_that_is_cut_short_is_an_error() -> None:
    async with served([CUT_SHORT]) as (site, _):
        asking = client()
        with pytest.raises(ConnectionError):
            await body(asking, site)
        await asking.close()


@pytest.mark.parametrize("token", ["a\r\nb: c", "a\0", "ä"])
async def test_a_token_that_would_be_read_as_more_is_refused(token: str) -> None:
    async with served([COUNTED]) as (site, asked):
        asking = client()
        with pytest.raises(ValueError, match=r"."):
            async with asking.post(site, "/", headers={"x": token}, content=b""):
                pass
        assert asked == []
        await asking.close()
