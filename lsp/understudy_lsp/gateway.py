"""The gateway as the language server sees it: completions, events, and whether it is there."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress
from typing import NamedTuple, TypeVar

import httpx
import msgspec

from understudy_lsp.http1 import Client, site_of
from understudy_lsp.options import GatewayOptions
from understudy_lsp.paths import state_dir
from understudy_protocol.completion import (
    CompletionEnd,
    CompletionFailed,
    CompletionRequest,
    Model,
    StreamRecord,
)
from understudy_protocol.errors import (
    Busy,
    EngineUnavailable,
    NotAllowed,
    NotFound,
    NoToken,
    Problem,
    RequestError,
    TooLarge,
    UnderstudyError,
)
from understudy_protocol.events import Event, EventBatch, EventPage
from understudy_protocol.experience import Forgotten
from understudy_protocol.repository import RepositoryId

CONNECT_S = 2.0
"""A gateway that does not take a connection by then is away."""
LONGEST_RECORD = 2**20
"""Bytes; the longest completion is a hundredth of it."""
SILENCE_S = 30.0
"""Between two parts of an answer; a model that is slower than that is of no use while typing."""

T = TypeVar("T")

_RECORD = msgspec.json.Decoder[StreamRecord](StreamRecord)


class Address(msgspec.Struct, frozen=True):
    url: str
    token: str


def find_gateway(options: GatewayOptions) -> Address | None:
    """Where the settings say, or where a gateway of this machine left its address; None if there
    is none. Two small files: looked at again for each connection, so a restart needs nothing."""
    try:
        url = options.url or (state_dir() / "address").read_text(encoding="ascii").strip()
        token = options.token or (state_dir() / "token").read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return Address(url.rstrip("/"), token) if url and token else None


class Gateway:
    """A connection that finds the gateway again after it moved. Every method raises
    EngineUnavailable if it is not there, and what the gateway says otherwise."""

    def __init__(
        self,
        find: Callable[[], Address | None],
        *,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._find = find
        timeout = httpx.Timeout(SILENCE_S, connect=CONNECT_S)
        # Neither a proxy nor a netrc of the environment has a say in where code is sent.
        self._http = httpx.AsyncClient(timeout=timeout, trust_env=False, transport=transport)
        self._quick = None if transport else Client(connect_s=CONNECT_S, silence_s=SILENCE_S)

    async def complete(self, request: CompletionRequest) -> AsyncGenerator[StreamRecord]:
        """The records of one completion as they come; leaving it stops the engine."""
        content = msgspec.json.encode(request)
        try:
            async with aclosing(self._parts("/v1/completions", content)) as parts:
                rest, record = b"", None
                async for part in parts:
                    *bodies, rest = (rest + part).split(b"\n\n")
                    for body in bodies:
                        record = _RECORD.decode(body.partition(b"\ndata: ")[2])
                        yield record
                    if len(rest) > LONGEST_RECORD:
                        raise _rubbish()
                if not isinstance(record, CompletionEnd | CompletionFailed):
                    raise _rubbish() if record is None else _broken_off()
        except UnderstudyError:
            raise
        except msgspec.DecodeError as error:
            raise _rubbish() from error
        except Exception as error:
            raise _away(error) from error

    async def warm(self) -> None:
        """Sees to it that the next completion need not wait for a connection."""
        address = self._find()
        if self._quick is not None and address is not None:
            with suppress(ValueError):
                if (site := site_of(address.url)) is not None:
                    await self._quick.warm(site)

    async def report(self, batch: EventBatch) -> None:
        """Returns once every event of the batch is on the gateway's disk."""
        await self._ask("POST", "/v1/events", content=msgspec.json.encode(batch))

    async def model(self, repository: RepositoryId | None = None) -> Model:
        """What is served; with a repository, also what answers for it."""
        asked = "" if repository is None else f"?repository={repository}"
        return _decode(await self._ask("GET", f"/v1/model{asked}"), Model)

    async def events(self, repository: RepositoryId) -> AsyncGenerator[Event]:
        """Everything that is known of it, in the order of its arrival."""
        after = 0
        while True:
            path = f"/v1/events?repository={repository}&after={after}"
            page = _decode(await self._ask("GET", path), EventPage)
            for stored in page.events:
                yield stored.event
            if not page.events:
                return
            after = page.next_cursor

    async def forget(self, repository: RepositoryId) -> Forgotten:
        try:
            answer = await self._ask("DELETE", f"/v1/repositories/{repository}")
        except NotFound:
            return Forgotten(completions=0, events=0)
        return _decode(answer, Forgotten)

    async def close(self) -> None:
        await self._http.aclose()
        if self._quick is not None:
            await self._quick.close()

    async def _parts(self, path: str, content: bytes) -> AsyncGenerator[bytes]:
        """The body of the answer as it comes; raises what the gateway says if it is none."""
        target = self._to(path)
        site = site_of(target.address.url) if self._quick else None
        if self._quick is not None and site is not None:
            headers = target.headers
            async with self._quick.post(site, path, headers=headers, content=content) as answer:
                if answer.status != 200:
                    raise _problem(await answer.body(), answer.status)
                while part := await answer.part():
                    yield part
            return
        async with self._http.stream(
            "POST", target.url, headers=target.headers, content=content
        ) as answer:
            if answer.status_code != 200:
                raise _problem(await answer.aread(), answer.status_code)
            async for part in answer.aiter_raw():
                yield part

    async def _ask(self, method: str, path: str, *, content: bytes | None = None) -> bytes:
        try:
            target = self._to(path)
            answer = await self._http.request(
                method, target.url, headers=target.headers, content=content
            )
        except UnderstudyError:
            raise
        except Exception as error:
            raise _away(error) from error
        if answer.status_code != 200:
            raise _problem(answer.content, answer.status_code)
        return answer.content

    def _to(self, path: str) -> "_Target":
        address = self._find()
        if address is None:
            raise EngineUnavailable(
                "No gateway of Understudy runs on this machine.",
                "Start it with `understudy serve`, or set the address of another one.",
            )
        headers = {
            "Authorization": f"Bearer {address.token}",
            "Content-Type": "application/json",
        }
        return _Target(address, address.url + path, headers)


class _Target(NamedTuple):
    address: Address
    url: str
    headers: dict[str, str]


def _decode(body: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.DecodeError as error:
        raise _rubbish() from error


def _problem(body: bytes, status: int) -> UnderstudyError:
    try:
        wire = msgspec.json.decode(body, type=Problem)
    except msgspec.DecodeError:
        return _rubbish()
    if status == 503:
        return EngineUnavailable(wire.problem, wire.remedy)
    refused = (RequestError, TooLarge, NotAllowed, NoToken, NotFound, Busy)
    kinds = {kind.code: kind for kind in refused}
    return kinds.get(wire.code, UnderstudyError)(wire.problem, wire.remedy)


def _away(error: Exception) -> EngineUnavailable:
    kind = type(error).__name__
    if isinstance(error, httpx.HTTPError | OSError):
        return EngineUnavailable(
            f"The gateway does not answer ({kind}).",
            "Start it with `understudy serve`; `understudy doctor` says what is wrong.",
        )
    # An address or a token that is none fails in ways of its own (UnicodeError, OverflowError, …).
    return EngineUnavailable(
        f"The gateway's address or token cannot be used ({kind}).",
        "Mend them in your editor's settings.",
    )


def _broken_off() -> EngineUnavailable:
    return EngineUnavailable(
        "The gateway broke off in the middle of a completion.",
        "Type on: it is looked for again. Its log says what happened.",
    )


def _rubbish() -> EngineUnavailable:
    return EngineUnavailable(
        "What answers at the gateway's address is not Understudy.",
        "Check the address in your editor's settings, or stop what took the port.",
    )
