"""A client of the gateway, for the demo, the benchmarks and `understudy doctor`."""

from collections.abc import AsyncGenerator
from pathlib import Path
from types import TracebackType
from typing import Self

import aiohttp
import msgspec

from understudy_protocol.completion import CompletionRequest, StreamRecord
from understudy_protocol.errors import (
    Busy,
    EngineUnavailable,
    Problem,
    RequestError,
    UnderstudyError,
)

_RECORD = msgspec.json.Decoder(StreamRecord)


class GatewayClient:
    def __init__(self, url: str, token: str) -> None:
        self.url = url
        self._session = aiohttp.ClientSession(
            url,
            headers={"authorization": f"Bearer {token}"},
            connector=aiohttp.TCPConnector(limit=0),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=5, sock_read=120),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._session.close()

    async def complete(self, request: CompletionRequest) -> AsyncGenerator[StreamRecord]:
        """The records of one completion, as they come. Raises UnderstudyError if it is refused."""
        body = msgspec.json.encode(request)
        try:
            async with self._session.post("/v1/completions", data=body) as response:
                if response.status != 200:
                    raise _problem(await response.read(), response.status)
                async for line in response.content:
                    if line.startswith(b"data: "):
                        yield _RECORD.decode(line[6:])
        except aiohttp.ClientError as error:
            raise self._unreachable(error) from error

    async def get(self, path: str) -> bytes:
        try:
            async with self._session.get(path) as response:
                body = await response.read()
        except (aiohttp.ClientError, OSError) as error:
            raise self._unreachable(error) from error
        if response.status != 200:
            raise _problem(body, response.status)
        return body

    def _unreachable(self, error: Exception) -> EngineUnavailable:
        return EngineUnavailable(
            f"The gateway at {self.url} does not answer ({error}).", "Start it with `understudy serve`."
        )


def gateway_address(state_dir: Path) -> str | None:
    """URL of the gateway that runs on this state directory, as it wrote it down; None if none does."""
    try:
        return (state_dir / "address").read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return None


def _problem(body: bytes, status: int) -> UnderstudyError:
    try:
        wire = msgspec.json.decode(body, type=Problem)
    except msgspec.DecodeError:
        return RequestError(f"The gateway answered {status}.", "Its log says why.")
    kinds: dict[str, type[UnderstudyError]] = {
        kind.code: kind for kind in (Busy, EngineUnavailable, RequestError)
    }
    return kinds.get(wire.code, RequestError)(wire.problem, wire.remedy)
