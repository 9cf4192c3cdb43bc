"""A lean HTTP/1.1 client for the one request that people wait for.

httpx takes 1 to 2 ms of the processor for a request and its answer, this a fifth of that; all that
the language server may add is 2 ms. It does what asking a gateway over plain HTTP needs and no
more: no TLS, redirects, cookies, proxies or compression.

What goes wrong on the way is an `OSError` (which `TimeoutError` is), an address that is none a
`ValueError`.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import NamedTuple, cast
from urllib.parse import urlsplit

from understudy_lsp.http1_answer import AnswerReader

MOST_IDLE = 2
"""Connections kept for later: one request runs for a document, and one asks ahead."""


class Site(NamedTuple):
    host: str
    port: int
    prefix: str
    """Comes before the path of every request."""


@lru_cache(16)
def site_of(url: str) -> Site | None:
    """None for what is not plain HTTP; raises ValueError for what is no address."""
    parts = urlsplit(url)
    if parts.scheme != "http" or not parts.hostname or "@" in parts.netloc:
        return None
    return Site(parts.hostname, parts.port or 80, parts.path.rstrip("/"))


class Client:
    """Keeps connections for later, to whichever site was asked last."""

    def __init__(self, *, connect_s: float, silence_s: float) -> None:
        """`connect_s` bounds the wait for a connection, `silence_s` that for each part of an
        answer."""
        self._connect_s = connect_s
        self._silence_s = silence_s
        self._site: Site | None = None
        self._idle: list[Connection] = []
        self._busy: set[Connection] = set()
        self._warming = False

    @asynccontextmanager
    async def post(
        self, site: Site, path: str, *, headers: Mapping[str, str], content: bytes
    ) -> AsyncGenerator["Connection"]:
        """Sends a request and gives the connection, with the head of the answer read.

        Leaving before the end of the answer closes the connection.
        """
        head = _head(site, path, tuple(headers.items()))
        message = b"%b%d\r\n\r\n%b" % (head, len(content), content)
        connection = await self._ask(site, message)
        try:
            yield connection
        finally:
            self._busy.discard(connection)
            if connection.reusable and site == self._site and len(self._idle) < MOST_IDLE:
                self._idle.append(connection)
            else:
                connection.abort()

    async def warm(self, site: Site) -> None:
        """Sees to it that the next request need not wait for a connection. Who is not there is
        told to whoever asks."""
        self._go_to(site)
        if self._idle or self._warming:
            return
        self._warming = True
        try:
            with contextlib.suppress(OSError, ValueError):
                connection = await self._connect(site)
                if site == self._site and len(self._idle) < MOST_IDLE:
                    self._idle.append(connection)
                else:
                    connection.abort()
        finally:
            self._warming = False

    async def close(self) -> None:
        """Breaks off what is under way."""
        for connection in (*self._idle, *self._busy):
            connection.abort()
        self._idle.clear()

    def _go_to(self, site: Site) -> None:
        if site != self._site:
            for connection in self._idle:
                connection.abort()
            self._idle.clear()
            self._site = site
        self._idle = [connection for connection in self._idle if connection.reusable]

    async def _ask(self, site: Site, message: bytes) -> "Connection":
        self._go_to(site)
        while self._idle:
            connection = self._idle.pop()
            try:
                return await self._ask_on(connection, message)
            except ConnectionError:
                # The gateway may close an idle connection while the request is on its way.
                if connection.heard:
                    raise
        return await self._ask_on(await self._connect(site), message)

    async def _ask_on(self, connection: "Connection", message: bytes) -> "Connection":
        self._busy.add(connection)
        try:
            await connection.ask(message)
        except BaseException:
            self._busy.discard(connection)
            connection.abort()
            raise
        return connection

    async def _connect(self, site: Site) -> "Connection":
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(self._connect_s):
            made = await loop.create_connection(
                lambda: Connection(silence_s=self._silence_s), site.host, site.port
            )
        return made[1]


class Connection(asyncio.Protocol):
    """One request and its answer at a time."""

    def __init__(self, *, silence_s: float) -> None:
        self.heard = False
        """Something has come since the last request."""
        self._silence_s = silence_s
        self._transport: asyncio.Transport | None = None
        self._lost: OSError | None = None
        self._answer: AnswerReader | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._heard_at = 0.0
        """Or asked at."""
        self._watch: asyncio.TimerHandle | None = None

    @property
    def reusable(self) -> bool:
        answer = self._answer
        return self._lost is None and (answer is None or (answer.complete and answer.keep_alive))

    @property
    def status(self) -> int:
        """Of the answer."""
        return self._answer.status if self._answer else 0

    async def ask(self, message: bytes) -> None:
        """Sends a request and reads the head of the answer."""
        if self._transport is not None and self._lost is None:
            self._transport.write(message)
        self._answer, self.heard = AnswerReader(), False
        loop = asyncio.get_running_loop()
        self._heard_at = loop.time()
        if self._watch is None:
            self._watch = loop.call_later(self._silence_s, self._look)
        while not self._answer.status:
            await self._more()

    async def part(self) -> bytes:
        """What has come of the body since the last call; empty at its end."""
        assert self._answer is not None
        while not (part := self._answer.take()) and not self._answer.complete:
            await self._more()
        return part

    async def body(self) -> bytes:
        parts: list[bytes] = []
        while part := await self.part():
            parts.append(part)
        return b"".join(parts)

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    async def _more(self) -> None:
        if self._lost is not None:
            raise self._lost
        self._waiter = asyncio.get_running_loop().create_future()
        await self._waiter

    def _look(self) -> None:
        """Whether it has been silent for too long. One timer for the whole of an answer, because
        `asyncio.timeout` around each wait costs as much as reading what came."""
        self._watch = None
        if self._lost is not None or self._answer is None or self._answer.complete:
            return
        loop = asyncio.get_running_loop()
        left = self._heard_at + self._silence_s - loop.time()
        if left > 0:
            self._watch = loop.call_later(left, self._look)
        else:
            self._lost = TimeoutError("the gateway fell silent")
            self.abort()
            self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self.heard, self._heard_at = True, asyncio.get_running_loop().time()
        try:
            if self._answer is None or self._answer.complete:
                raise ConnectionError("an answer that nobody asked for")
            self._answer.feed(data)
        except ConnectionError as error:
            self._lost = error
            self.abort()
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answer is not None and exc is None:
            self._answer.end()
        if self._lost is None:
            self._lost = ConnectionResetError("the connection was closed")
        self._wake()


@lru_cache(16)
def _head(site: Site, path: str, headers: tuple[tuple[str, str], ...]) -> bytes:
    """Of a request, but for the length of its content."""
    host = f"[{site.host}]" if ":" in site.host else site.host
    lines = [f"POST {site.prefix}{path} HTTP/1.1", f"Host: {host}:{site.port}"]
    lines += [f"{name}: {value}" for name, value in headers]
    # ASCII, with nothing in it that would end a line: a token that is none would be read as more.
    if not all(line.isprintable() for line in lines):
        raise ValueError("an address or a token with a control character")
    return "\r\n".join([*lines, "Content-Length: "]).encode("ascii")
