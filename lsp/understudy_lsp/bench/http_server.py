"""Just enough HTTP for the servers that the benchmark plays: requests with a length, answers whole.

A handler whose client hangs up is cancelled, as a real server stops its engine then.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from typing import SupportsIndex

import msgspec


class Asked(msgspec.Struct, frozen=True):
    method: str
    path: str
    body: bytes
    at: float
    """When its first byte was here, by `time.perf_counter`: to read it is the server's own work."""


class Reply(msgspec.Struct, frozen=True):
    body: bytes = b"{}"
    status: int = 200
    kind: str = "application/json"
    sent: Callable[[float], None] = lambda at: None
    """Told when the reply went on its way, once it has."""


Handler = Callable[[Asked], Awaitable[Reply]]


@asynccontextmanager
async def served(handler: Handler) -> AsyncGenerator[str]:
    """The address at which the handler answers."""

    connections: set[asyncio.Task[None]] = set()

    def connected(reader: _Reader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(_serve(handler, reader, writer))
        connections.add(task)
        task.add_done_callback(connections.discard)

    def protocol() -> asyncio.StreamReaderProtocol:
        reader = _Reader(limit=2**20)
        return asyncio.StreamReaderProtocol(reader, lambda _, writer: connected(reader, writer))

    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for task in connections:
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)


class _Reader(asyncio.StreamReader):
    """Knows when the first byte of the request came that is being read."""

    at: float | None = None

    def feed_data(self, data: Iterable[SupportsIndex]) -> None:
        if self.at is None:
            self.at = time.perf_counter()
        super().feed_data(data)


async def _serve(handler: Handler, reader: _Reader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            await _exchange(handler, reader, writer)
    except (asyncio.IncompleteReadError, ConnectionError):
        pass  # it hung up
    finally:
        writer.close()


async def _exchange(handler: Handler, reader: _Reader, writer: asyncio.StreamWriter) -> None:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.lower().split("\r\n")
    lengths = [line.partition(":")[2] for line in lines if line.startswith("content-length:")]
    body = await reader.readexactly(int(lengths[0]) if lengths else 0)
    method, path, _ = first.split(" ")
    asked = Asked(method.upper(), path, body, reader.at or time.perf_counter())
    reader.at = None
    reply = await _unless_left(handler(asked), reader)
    head = f"HTTP/1.1 {reply.status} \r\ncontent-type: {reply.kind}\r\n"
    head += f"content-length: {len(reply.body)}\r\n\r\n"
    # Before: who is interrupted after it takes for its own time what the other side does with it.
    at = time.perf_counter()
    writer.write(head.encode("ascii") + reply.body)
    reply.sent(at)


async def _unless_left(work: Awaitable[Reply], reader: asyncio.StreamReader) -> Reply:
    """The handler's reply; raises ConnectionError if the client hangs up before."""
    working, leaving = asyncio.ensure_future(work), asyncio.ensure_future(reader.read(1))
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        raise ConnectionError
    finally:
        for task in (working, leaving):
            task.cancel()
        await asyncio.gather(working, leaving, return_exceptions=True)
