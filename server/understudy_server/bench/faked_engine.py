"""An engine that computes nothing: it answers as vLLM does, for measuring what stands before it.

`python -m understudy_server.bench.faked_engine --uds SOCKET --model DIRECTORY --token-s SECONDS`
"""

import argparse
import asyncio
import contextlib
import os
import sys
import tempfile
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import uvicorn
from starlette.types import Receive, Scope, Send

from understudy_protocol.errors import EngineUnavailable
from understudy_releases.paths import embedded_model
from understudy_server.engine import Engine
from understudy_server.engine_process import kept_process
from understudy_server.http1 import Origin, parse_address

CONTEXT = 2048
PIECE = " word"
START_SECONDS = 30.0


class Seen(msgspec.Struct):
    """What it saw: the answer of `GET /seen`."""

    running: int = 0
    answered: int = 0
    """Completions that went to their end."""
    broken_off: int = 0
    """Completions whose client went away."""
    last_broken_off_at: float = 0.0
    """`time.monotonic()`, which all processes of a machine share."""


class FakedEngine:
    """A running one."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._origin = Origin(parse_address(address), headers={}, patience_s=10.0)

    async def seen(self) -> Seen:
        async with self._origin.exchange("GET", "/seen") as answer:
            return msgspec.json.decode(await answer.body(), type=Seen)

    async def close(self) -> None:
        await self._origin.close()


@asynccontextmanager
async def faked_engine(*, token_s: float) -> AsyncGenerator[FakedEngine]:
    """In a process of its own; `token_s` seconds pass before each token."""
    with tempfile.TemporaryDirectory(prefix="understudy-") as folder:
        directory, socket = Path(folder), Path(folder) / "engine.sock"
        command = [
            *(sys.executable, "-P", "-m", "understudy_server.bench.faked_engine"),
            *("--uds", str(socket), "--model", str(embedded_model()), "--token-s", str(token_s)),
        ]
        async with kept_process(
            command,
            environment=os.environ,
            log=directory / "engine.log",
            directory=directory,
            grace_s=2.0,
        ):
            engine = FakedEngine(f"unix://{socket}")
            try:
                await _until_ready(engine.address)
                yield engine
            finally:
                await engine.close()


async def _until_ready(address: str) -> None:
    probe = Engine(address)
    deadline = time.monotonic() + START_SECONDS
    try:
        while not await probe.ready():
            if time.monotonic() > deadline:
                raise EngineUnavailable(
                    "The faked engine did not start.", "Run the benchmark again."
                )
            await asyncio.sleep(0.05)
    finally:
        await probe.close()


class _Asked(msgspec.Struct, frozen=True):
    max_tokens: int
    stream_interval: int = 1


class Application:
    """Of vLLM's API, what the gateway uses."""

    def __init__(self, model: str, token_s: float) -> None:
        self._token_s = token_s
        self._seen = Seen()
        self._models = msgspec.json.encode(
            {"data": [{"id": Path(model).name, "root": model, "max_model_len": CONTEXT}]}
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        match scope["path"]:
            case "/v1/completions":
                await self._complete(receive, send)
            case "/v1/models":
                await _answer(send, self._models)
            case "/seen":
                await _answer(send, msgspec.json.encode(self._seen))
            case _:
                await _answer(send, b"{}")

    async def _complete(self, receive: Receive, send: Send) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        asked = msgspec.json.decode(body, type=_Asked)
        self._seen.running += 1
        writing = asyncio.create_task(self._write(asked, send))
        leaving = asyncio.create_task(_disconnected(receive))
        await asyncio.wait([writing, leaving], return_when=asyncio.FIRST_COMPLETED)
        self._seen.running -= 1
        if writing.done():
            self._seen.answered += 1
        else:
            self._seen.broken_off += 1
            self._seen.last_broken_off_at = time.monotonic()
        for task in (writing, leaving):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _write(self, asked: _Asked, send: Send) -> None:
        await send(_head(b"text/event-stream; charset=utf-8"))
        held = 0
        for number in range(1, asked.max_tokens + 1):
            await asyncio.sleep(self._token_s)
            held += 1
            is_last = number == asked.max_tokens
            if number > 1 and held < asked.stream_interval and not is_last:
                continue
            choice = {
                "text": PIECE * held,
                "logprobs": {"token_logprobs": [-0.5] * held},
                "finish_reason": "length" if is_last else None,
            }
            held = 0
            record = b"data: " + msgspec.json.encode({"choices": [choice]}) + b"\n\n"
            await send({"type": "http.response.body", "body": record, "more_body": True})
        await send({"type": "http.response.body", "body": b"data: [DONE]\n\n"})


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _answer(send: Send, body: bytes) -> None:
    await send(_head(b"application/json"))
    await send({"type": "http.response.body", "body": body})


def _head(content_type: bytes) -> dict[str, object]:
    headers = [(b"content-type", content_type)]
    return {"type": "http.response.start", "status": 200, "headers": headers}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--uds", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--token-s", type=float, required=True)
    arguments = parser.parse_args()
    application = Application(arguments.model, arguments.token_s)
    uvicorn.run(application, uds=arguments.uds, lifespan="off", log_level="warning")


if __name__ == "__main__":
    main()
