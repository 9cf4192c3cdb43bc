"""A completion through the gateway, with the times that its client sees."""

import time
from contextlib import aclosing

import msgspec

from understudy_protocol.completion import (
    CompletionEnd,
    CompletionFailed,
    CompletionRequest,
    TextDelta,
)
from understudy_protocol.errors import EngineUnavailable
from understudy_server.client import GatewayClient


class Timed(msgspec.Struct, frozen=True):
    """Times in seconds, by `time.perf_counter`."""

    began: float
    first_s: float | None
    """From sending the request to the first text; None if there was none."""
    whole_s: float
    end: CompletionEnd


async def timed_completion(client: GatewayClient, request: CompletionRequest) -> Timed:
    """Raises UnderstudyError if it is refused, EngineUnavailable if it breaks off."""
    began = time.perf_counter()
    first: float | None = None
    async with aclosing(client.complete(request)) as records:
        async for record in records:
            match record:
                case TextDelta():
                    first = first or time.perf_counter() - began
                case CompletionEnd():
                    return Timed(began, first, time.perf_counter() - began, record)
                case CompletionFailed():
                    raise EngineUnavailable(record.problem, record.remedy)
    raise EngineUnavailable(
        "The gateway ended a stream without its last record.", "Its log says why."
    )
