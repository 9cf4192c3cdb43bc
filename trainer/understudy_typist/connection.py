"""Messages between the benchmark, which plays the editor, and a language server that it started."""

import asyncio
import contextlib
import itertools
import json
import time
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import msgspec

from understudy_protocol.errors import EngineUnavailable

PATIENCE_S = 30.0
"""A language server that takes longer than that is broken."""


class Answer(msgspec.Struct, frozen=True):
    result: Any
    """None as well where the server answered with an error."""
    at: float
    """When it was here whole, by `time.perf_counter`."""


class Connection:
    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self.process = process
        self.heard: Callable[[str, Any], None] = lambda method, params: None
        """Told of the server's notifications."""
        self._reader, self._writer = process.stdout, process.stdin
        self._ids = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Answer]] = {}
        self._held: list[bytes] | None = None
        self._reading = asyncio.create_task(self._read())

    def tell(self, method: str, params: Any) -> None:
        self._send({"method": method, "params": params})

    def ask(self, method: str, params: Any) -> tuple[int, asyncio.Future[Answer]]:
        id_ = next(self._ids)
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting[id_] = future
        self._send({"id": id_, "method": method, "params": params})
        return id_, future

    async def answer(self, method: str, params: Any = None) -> Answer:
        """Raises EngineUnavailable if there is none in time."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await self.ask(method, params)[1]
        except (TimeoutError, asyncio.IncompleteReadError) as error:
            raise EngineUnavailable(
                f"The language server did not answer {method}.",
                "This is a fault of the language server; please report it.",
            ) from error

    def cancel(self, id_: int) -> None:
        self.tell("$/cancelRequest", {"id": id_})

    @contextmanager
    def together(self) -> Generator[None]:
        """What is said inside is sent in one piece, on leaving."""
        self._held = []
        try:
            yield
            self._writer.write(b"".join(self._held))
        finally:
            self._held = None

    async def close(self) -> None:
        """As an editor ends its server; by force if that does not help."""
        with contextlib.suppress(EngineUnavailable, ConnectionError, TimeoutError):
            await self.answer("shutdown")
            self.tell("exit", None)
            async with asyncio.timeout(PATIENCE_S):
                await self.process.wait()
        if self.process.returncode is None:
            self.process.kill()
            await self.process.wait()
        self._reading.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._reading

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        data = b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
        if self._held is None:
            self._writer.write(data)
        else:
            self._held.append(data)

    async def _read(self) -> None:
        try:
            while True:
                headers = await self._reader.readuntil(b"\r\n\r\n")
                length = headers.lower().rpartition(b"content-length:")[2].split()[0]
                self._take(json.loads(await self._reader.readexactly(int(length))))
        except (asyncio.IncompleteReadError, ConnectionError):
            gone = asyncio.IncompleteReadError(b"", None)
            for future in self._waiting.values():
                if not future.done():
                    future.set_exception(gone)

    def _take(self, message: dict[str, Any]) -> None:
        at = time.perf_counter()
        if "method" not in message:
            future = self._waiting.pop(message["id"])
            if not future.done():
                future.set_result(Answer(message.get("result"), at))
        elif "id" in message:
            self._send({"id": message["id"], "result": None})
        else:
            self.heard(message["method"], message.get("params"))


@asynccontextmanager
async def connection(
    command: Sequence[str], *, folder: Path, environment: dict[str, str]
) -> AsyncGenerator[Connection]:
    """A language server on stdin and stdout, running in `folder`; what it logs is thrown away."""
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        cwd=folder,
        env=environment,
        limit=2**24,
    )
    connected = Connection(process)
    try:
        yield connected
    finally:
        await connected.close()
