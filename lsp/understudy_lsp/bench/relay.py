"""The least that a language server in Python can add to its gateway: one that does nothing but pass
a request on, and the answer back. `python -P -m understudy_lsp.bench.relay URL`.

Nearly all of it is waking up: after a pause the processor's caches hold nothing of a process.
"""

import asyncio
import sys
import time
import uuid
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlsplit

import msgspec

from understudy_lsp.bench.stub_gateway import StubGateway
from understudy_protocol.bench import Progress
from understudy_typist.connection import connection

BEFORE, AFTER = 6_000, 1_500
"""Characters around a cursor, about as many as a request carries."""


async def relay_ms(
    gateway: StubGateway, *, folder: Path, samples: int, pause_s: float, progress: Progress
) -> float:
    """What it adds, the median, in milliseconds."""
    command = [sys.executable, "-P", "-m", "understudy_lsp.bench.relay", gateway.url]
    added: list[float] = []
    async with connection(command, folder=folder, environment={}) as relay:
        for number in range(samples):
            progress(f"relay {number + 1} of {samples}")
            await asyncio.sleep(pause_s)
            request = _request()
            began = time.perf_counter()
            answer = await relay.answer("relay", request)
            spent = await gateway.spent_s(request["id"])
            added.append((answer.at - began - spent) * 1000)
    return median(added)


def _request() -> dict[str, Any]:
    return {
        "id": str(uuid.uuid4()),
        "repository": "large-000000000000",
        "path": "large.py",
        "language": "python",
        "prefix": "a" * BEFORE,
        "suffix": "b" * AFTER,
    }


async def main(url: str) -> None:
    """Until stdin is closed."""
    site = urlsplit(url)
    loop = asyncio.get_running_loop()
    asked = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(asked), sys.stdin)
    answering, _ = await loop.connect_write_pipe(asyncio.BaseProtocol, sys.stdout)
    answers, asking = await asyncio.open_connection(site.hostname, site.port)
    while True:
        message = msgspec.json.decode(await _body(asked))
        if "id" not in message:
            return
        request = msgspec.json.encode(message.get("params"))
        reply = b""
        if message["method"] == "relay":
            head = b"POST /v1/completions HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(request)
            asking.write(head + request)
            reply = await _body(answers)
        result = {"jsonrpc": "2.0", "id": message["id"], "result": reply.decode()}
        body = msgspec.json.encode(result)
        answering.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))


async def _body(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = head.lower().partition(b"content-length:")[2].split(b"\r\n")[0]
    return await reader.readexactly(int(length))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
