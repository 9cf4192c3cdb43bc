"""The whole gateway for tests: on a port of its own, in this event loop, before a fake engine.

`async with gateway_under_test(tmp_path) as under_test:` gives an HTTP client with the local token,
the gateway itself, and what its engine saw.
"""

import asyncio
import contextlib
import dataclasses
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import fake_engine
import httpx
import msgspec
import uvicorn
from experience_facts import CLICK
from fake_engine import Behaviour, Fake

from understudy_protocol.completion import (
    CompletionEnd,
    CompletionFailed,
    StreamRecord,
    TextDelta,
)
from understudy_server.app import OpenGateway, create_app
from understudy_server.config import Config
from understudy_server.gateway import Gateway, open_gateway
from understudy_server.people import local_token

MODEL = Path(__file__).parents[1] / "models" / "prompter"
PATIENCE_S = 20.0

_RECORD = msgspec.json.Decoder(StreamRecord)


@dataclasses.dataclass
class UnderTest:
    http: httpx.AsyncClient
    gateway: Gateway
    engine: Fake

    @property
    def prompt(self) -> list[int]:
        """The latest prompt that the engine was given."""
        return self.engine.state.bodies[-1]["prompt"]

    async def complete(self, **changes: object) -> list[StreamRecord]:
        answer = await self.http.post("/v1/completions", json=asked(**changes))
        assert answer.status_code == 200, answer.text
        return records(answer.content)

    async def text(self, **changes: object) -> str:
        return ended(await self.complete(**changes)).text


def asked(**changes: object) -> dict[str, Any]:
    """The body of a completion request. The prefix ends in no blank, so there is none to heal."""
    request = {
        "repository": CLICK,
        "path": "src/click/core.py",
        "language": "python",
        "prefix": "def main():\n    return f(",
        "suffix": "\n",
    }
    return request | changes


def records(stream: bytes) -> list[StreamRecord]:
    """Every record of a complete stream; its event name must be its type."""
    *parts, rest = stream.split(b"\n\n")
    assert rest == b""
    found: list[StreamRecord] = []
    for part in parts:
        event, data = part.split(b"\n")
        found.append(_RECORD.decode(data.removeprefix(b"data: ")))
        assert event == b"event: " + str(found[-1].__struct_config__.tag).encode()
    return found


def deltas(stream: list[StreamRecord]) -> str:
    return "".join(record.text for record in stream if isinstance(record, TextDelta))


def ended(stream: list[StreamRecord]) -> CompletionEnd:
    """The end record; it must be the only one and the last."""
    assert [type(record) for record in stream[:-1]] == [TextDelta] * (len(stream) - 1)
    assert isinstance(stream[-1], CompletionEnd)
    return stream[-1]


def failed(stream: list[StreamRecord]) -> CompletionFailed:
    assert [type(record) for record in stream[:-1]] == [TextDelta] * (len(stream) - 1)
    assert isinstance(stream[-1], CompletionFailed)
    return stream[-1]


@contextlib.asynccontextmanager
async def gateway_under_test(
    folder: Path,
    behaviour: Behaviour | None = None,
    *,
    opening: OpenGateway = open_gateway,
    **settings: object,
) -> AsyncIterator[UnderTest]:
    """Ready to answer; the engine begins to behave so once it has been warmed up.

    `folder` holds the state directory, `state`, and the engine's socket.
    """
    behaviour = msgspec.structs.replace(behaviour or Behaviour(), root=str(MODEL))
    well = Behaviour(root=behaviour.root, context=behaviour.context)
    async with fake_engine.running(well, folder / "engine.sock") as engine:
        config = msgspec.convert(
            {"state_dir": folder / "state", "engine_urls": (engine.address,), **settings}, Config
        )
        app = create_app(config, opening)
        async with serving(app) as url, client(url, local_token(config.state_dir)) as http:
            gateway: Gateway = app.state.gateway
            await until(lambda: gateway.engines.ready)
            engine.state.behaviour = behaviour
            yield UnderTest(http, gateway, engine)


@contextlib.asynccontextmanager
async def serving(app: Any) -> AsyncIterator[str]:
    """The URL of an application that uvicorn serves in this event loop."""
    config = uvicorn.Config(
        app, log_level="critical", access_log=False, lifespan="on", timeout_graceful_shutdown=2
    )
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.bind(("127.0.0.1", 0))
    await server.startup(sockets=[listening])
    assert not server.should_exit, "the application did not start"
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        await server.shutdown(sockets=[listening])


def client(url: str, token: str) -> httpx.AsyncClient:
    headers = {"authorization": f"Bearer {token}"}
    return httpx.AsyncClient(base_url=url, headers=headers, trust_env=False, timeout=PATIENCE_S)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not condition():
            await asyncio.sleep(0.005)
