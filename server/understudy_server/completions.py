"""`POST /v1/completions`: from parts to a stream of text, and the record of it.

The answer's first byte is sent with the first text, so whatever fails before that has a proper HTTP
status; what fails later is the stream's last record. The engine is left the moment nobody listens.
"""

import asyncio
import logging
import time
from collections.abc import Coroutine
from contextlib import aclosing
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from understudy_protocol.completion import (
    CompletionFailed,
    CompletionRequest,
    FinishReason,
    Mode,
    StreamRecord,
    TextDelta,
)
from understudy_protocol.errors import UnderstudyError
from understudy_protocol.fim import clean
from understudy_server.bodies import check_repository, read_body
from understudy_server.cut import cut_for
from understudy_server.draft import Draft
from understudy_server.gateway import Gateway, gateway_of
from understudy_server.people import Caller
from understudy_server.swap import Lease

DECODER = msgspec.json.Decoder(CompletionRequest)
ENCODER = msgspec.json.Encoder()

log = logging.getLogger(__name__)


async def complete(request: Request) -> Response:
    """Stream a completion

    Answers `text/event-stream`: any number of records `text`, then one `end` or `error`.
    """
    started = time.perf_counter()
    asked = await read_body(request, DECODER)
    caller: Caller = request.state.caller
    check_repository(caller, asked.repository)
    return CompletionStream(gateway_of(request), asked, caller=caller, started=started)


class CompletionStream(Response):
    """Runs one completion and writes it as server-sent events."""

    def __init__(
        self, gateway: Gateway, asked: CompletionRequest, *, caller: Caller, started: float
    ) -> None:
        self.status_code = 200
        self.background = None
        self._gateway = gateway
        self._asked = asked
        self._caller = caller
        self._started = started
        self._open = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        gateway, asked = self._gateway, self._asked
        with gateway.admission.admit(self._caller.name, asked.session) as replaced:
            draft = Draft(asked, person=self._caller.name, started=self._started)
            draft.admitted_ms = draft.elapsed_ms()
            async with gateway.serving.use(asked.repository) as lease:
                producing = asyncio.create_task(self._produce(draft, lease, send))
                ended = await _first_of(producing, _until_disconnect(receive), replaced.wait())
        failure = (
            producing.exception() if producing in ended and not producing.cancelled() else None
        )
        if failure is not None and not isinstance(failure, UnderstudyError):
            raise failure
        if failure is not None:
            draft.finish = FinishReason.FAILED
            if not self._open:
                raise failure
            gateway.metrics.problems.labels(failure.code).inc()
        end = await self._conclude(draft, lease)
        if failure is not None:
            await self._send(CompletionFailed(failure.code, failure.problem, failure.remedy), send)
        elif producing in ended or replaced.is_set():
            await self._send(end, send)
        else:
            return  # the client is gone
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _produce(self, draft: Draft, lease: Lease, send: Send) -> None:
        """Fills the draft while streaming it; ends when the completion does."""
        gateway, asked = self._gateway, self._asked
        draft.render(
            lessons=lease.learned.lessons,
            fmt=gateway.format,
            tokenizer=gateway.tokenizer,
            budget=gateway.prompt_budget(asked),
        )
        is_line = asked.mode is Mode.LINE
        stream = gateway.engines.complete(
            draft.prompt.ids,
            adapter=lease.adapter,
            max_tokens=asked.max_tokens,
            temperature=asked.temperature,
            seed=asked.seed,
            stop=("\n",) if is_line else (),
            stop_token_ids=gateway.stop_ids,
            # The more there are, the more tokens come at a time: each delta costs 0.1 ms of a
            # processor that on a small machine the engine wants too. A block comes token by token,
            # so that its end is noticed at once.
            stream_interval=gateway.admission.in_flight if is_line else 1,
        )
        cut = cut_for(asked)
        begun = False
        async with aclosing(stream) as deltas:
            async for delta in deltas:
                draft.logprobs += delta.logprobs
                text = delta.text
                if text and not begun:
                    text, begun = clean(text, draft.prompt), True
                shown, complete = cut.feed(text)
                if shown:
                    await self._send(TextDelta(draft.add(shown)), send)
                if complete:
                    draft.finish = cut.reason
                    return
                if delta.finish is not None:
                    draft.finish = _finish(delta.finish, delta.stop_reason)

    async def _conclude(self, draft: Draft, lease: Lease) -> StreamRecord:
        """Stores the completion if the person agreed, and says how it went."""
        gateway = self._gateway
        completion = draft.completion(
            model=gateway.model.name, fim_format=gateway.format.name, release=lease.release
        )
        remembered = False
        if self._asked.remember:
            try:
                await gateway.store.add_completion(completion)
                remembered = True
            except UnderstudyError as error:
                # The suggestion is on the screen; that it is not remembered must not take it away.
                log.warning("a completion was not remembered: %s", error)
                gateway.metrics.problems.labels(error.code).inc()
        gateway.metrics.observe(completion)
        return draft.end(completion, remembered=remembered)

    async def _send(self, record: StreamRecord, send: Send) -> None:
        if not self._open:
            self._open = True
            await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        tag = record.__struct_config__.tag
        body = b"event: %s\ndata: %s\n\n" % (str(tag).encode(), ENCODER.encode(record))
        await send({"type": "http.response.body", "body": body, "more_body": True})


_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]


async def _first_of(
    producing: asyncio.Task[None], *others: Coroutine[Any, Any, Any]
) -> set[asyncio.Task[Any]]:
    """Waits until one has ended, then ends them all; returns those that ended by themselves."""
    tasks: set[asyncio.Task[Any]] = {producing, *map(asyncio.ensure_future, others)}
    try:
        ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return ended


async def _until_disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _finish(finish: str, stop_reason: int | str | None) -> FinishReason:
    if finish == "length":
        return FinishReason.LENGTH
    return FinishReason.LINE if stop_reason == "\n" else FinishReason.STOP
