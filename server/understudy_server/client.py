"""A client of the gateway, for the demo, the benchmarks and `understudy doctor`."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from understudy_protocol.completion import CompletionRequest, StreamRecord
from understudy_protocol.errors import (
    Busy,
    EngineUnavailable,
    Problem,
    RequestError,
    UnderstudyError,
)
from understudy_server.http1 import Connection, Origin, parse_address

PATIENCE_S = 120.0

_RECORD = msgspec.json.Decoder(StreamRecord)


class GatewayClient:
    def __init__(self, url: str, token: str) -> None:
        self.url = url
        headers = {"Authorization": f"Bearer {token}"}
        self._origin = Origin(parse_address(url), headers=headers, patience_s=PATIENCE_S)

    async def complete(self, request: CompletionRequest) -> AsyncGenerator[StreamRecord]:
        """The records of one completion, as they come. Raises UnderstudyError if it is refused."""
        body = msgspec.json.encode(request)
        async with self._exchange("POST", "/v1/completions", body) as answer:
            rest = b""
            while part := await answer.part():
                *records, rest = (rest + part).split(b"\n\n")
                for record in records:
                    yield _RECORD.decode(record.partition(b"\ndata: ")[2])

    async def get(self, path: str) -> bytes:
        async with self._exchange("GET", path, None) as answer:
            return await answer.body()

    async def close(self) -> None:
        await self._origin.close()

    @asynccontextmanager
    async def _exchange(
        self, method: str, path: str, body: bytes | None
    ) -> AsyncGenerator[Connection]:
        try:
            async with self._origin.exchange(method, path, json=body) as answer:
                if answer.status != 200:
                    raise _problem(await answer.body(), answer.status)
                yield answer
        except OSError as error:
            raise EngineUnavailable(
                f"The gateway at {self.url} does not answer ({error}).",
                "Start it with `understudy serve`.",
            ) from error


def gateway_address(state_dir: Path) -> str | None:
    """URL of the gateway that runs on this state directory, as it wrote it; None if none does."""
    try:
        return (state_dir / "address").read_text(encoding="ascii").strip() or None
    except FileNotFoundError:
        return None


def _problem(body: bytes, status: int) -> UnderstudyError:
    try:
        wire = msgspec.json.decode(body, type=Problem)
    except msgspec.DecodeError:
        return RequestError(f"The gateway answered {status}.", "Its log says why.")
    kinds = {kind.code: kind for kind in (Busy, EngineUnavailable, RequestError)}
    return kinds.get(wire.code, RequestError)(wire.problem, wire.remedy)
