"""Just enough HTTP for the servers that the benchmark plays: requests with a length, answers whole.

A handler whose client hangs up is cancelled, as a real server stops its engine then.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import msgspec


class Asked(msgspec.Struct, frozen=True):
    method: str
    path: str
    body: bytes


class Reply(msgspec.Struct, frozen=True):
    body: bytes = b"{}"
    status: int = 200
    kind: str = "application/json"
    sent: Callable[[], None] = lambda: None
    """Told when the reply is on its way."""


Handler = Callable[[Asked], Awaitable[Reply]]


@asynccontextmanager
async def served(handler: Handler) -> AsyncGenerator[str]:
    """The address at which the handler answers."""

    connections: set[asyncio.Task[None]] = set()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(_serve(handler, reader, writer))
        connections.add(task)
        task.add_done_callback(connections.discard)

    server = await asyncio.start_server(connected, "127.0.0.1", 0, limit=2**20)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for task in connections:
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)


async def _serve(
    handler: Handler, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    try:
        while True:
            await _exchange(handler, reader, writer)
    except (asyncio.IncompleteReadError, ConnectionError):
        pass  # it hung up
    finally:
        writer.close()


async def _exchange(
    handler: Handler, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.lower().split("\r\n")
    lengths = [line.partition(":")[2] for line in lines if line.startswith("content-length:")]
    body = await reader.readexactly(int(lengths[0]) if lengths else 0)
    method, path, _ = first.split(" ")
    reply = await _unless_left(handler(Asked(method.upper(), path, body)), reader)
    head = f"HTTP/1.1 {reply.status} \r\ncontent-type: {reply.kind}\r\n"
    head += f"content-length: {len(reply.body)}\r\n\r\n"
    writer.write(head.encode("ascii") + reply.body)
    reply.sent()


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
