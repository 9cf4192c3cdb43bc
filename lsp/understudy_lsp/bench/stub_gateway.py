"""A gateway that computes nothing, takes a known time, and says when it had each request and when
it sent the answer: `python -P -m understudy_lsp.bench.stub_gateway`.

Its address is the first line that it prints, and each answer is a line after that. In a process of
its own, so that its work does not stand in the way of what is measured.
"""

import asyncio
import sys
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import msgspec

from understudy_lsp.bench.http_server import Asked, Reply, served
from understudy_protocol.completion import (
    CompletionEnd,
    CompletionId,
    CompletionRequest,
    FinishReason,
    LogprobSummary,
    Model,
    TextDelta,
    Timings,
)

ANSWER_S = 0.05
"""About what the embedded model takes for a line."""

MODEL = Model(name="stub", fingerprint="0", fim_format="prompter", context=2048, ready=True)

_decode = msgspec.json.Decoder(CompletionRequest).decode


class Spent(msgspec.Struct, frozen=True):
    """By `time.perf_counter`, which all processes of a machine share."""

    completion: str
    had: float
    sent: float


class StubGateway:
    def __init__(self, url: str, reader: asyncio.StreamReader) -> None:
        self.url = url
        self._reader = reader
        self._spent: dict[str, float] = {}

    async def spent_s(self, completion: str) -> float:
        """What the gateway took for a completion, in seconds."""
        while completion not in self._spent:
            spent = msgspec.json.decode(await self._reader.readline(), type=Spent)
            self._spent[spent.completion] = spent.sent - spent.had
        return self._spent[completion]


@asynccontextmanager
async def stub_gateway() -> AsyncGenerator[StubGateway]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "understudy_lsp.bench.stub_gateway"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        url = (await process.stdout.readline()).decode("ascii").strip()
        yield StubGateway(url, process.stdout)
    finally:
        process.stdin.close()
        await process.wait()


def answer_to(prefix: str) -> str:
    """Calls a function that is named after the last word, so that each answer is new."""
    return f"resolve_{prefix[-4:-1].lower()}(first, second)"


async def _answer(asked: Asked) -> Reply:
    had = asked.at
    if asked.path != "/v1/completions":
        return Reply(msgspec.json.encode(MODEL))
    request = _decode(asked.body)
    assert request.id is not None
    text = answer_to(request.prefix)
    records = b"".join(
        b"event: %b\ndata: %b\n\n" % (name, msgspec.json.encode(record))
        for name, record in ((b"text", TextDelta(text)), (b"end", _end(request.id, text)))
    )
    await asyncio.sleep(had + ANSWER_S - time.perf_counter())

    def sent(at: float) -> None:
        _print(msgspec.json.encode(Spent(str(request.id), had, at)))

    return Reply(records, kind="text/event-stream", sent=sent)


def _end(completion: CompletionId, text: str) -> CompletionEnd:
    return CompletionEnd(
        id=completion,
        text=text,
        finish=FinishReason.LINE,
        model=MODEL.name,
        fim_format=MODEL.fim_format,
        release=None,
        prompt_tokens=1,
        remembered=False,
        logprobs=LogprobSummary(tokens=8, mean=-0.05, lowest=-0.2, first=-0.05),
        timings=Timings(admitted_ms=0.0, rendered_ms=0.0, first_text_ms=0.0, total_ms=0.0),
    )


def _print(line: bytes) -> None:
    sys.stdout.buffer.write(line + b"\n")
    sys.stdout.buffer.flush()


async def main() -> None:
    """Until stdin is closed."""
    async with served(_answer) as url:
        _print(url.encode("ascii"))
        await asyncio.to_thread(sys.stdin.buffer.read)


if __name__ == "__main__":
    asyncio.run(main())
