"""The parts of `bench load` for which the engine is faked: memory, and clients that go away."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import psutil

from understudy_protocol.bench import Progress
from understudy_protocol.completion import CompletionRequest
from understudy_protocol.errors import EngineUnavailable
from understudy_server.bench.faked_engine import FakedEngine, faked_engine
from understudy_server.bench.fresh_holes import FreshHoles
from understudy_server.bench.timed import timed_completion
from understudy_server.client import GatewayClient
from understudy_server.launch import running_gateway

TOGETHER = 8
"""Clients at a time while memory is watched."""
REMEMBERED = 10
"""One in so many is stored as experience."""
CHARACTERS = (300, 1000, 3000)
NOTICE_SECONDS = 10.0
"""After that an engine that still computes for nobody is an error."""
TOKEN_S = 0.02
"""About what a small model takes for a token on a CPU."""


class Faked(msgspec.Struct, frozen=True):
    """A gateway before a faked engine."""

    client: GatewayClient
    engine: FakedEngine
    process: psutil.Process
    """The gateway's."""


@asynccontextmanager
async def gateway_before_nothing(*, token_s: float) -> AsyncGenerator[Faked]:
    """`token_s` is what the faked engine takes for a token, in seconds."""
    with TemporaryDirectory(prefix="understudy-") as folder:
        async with (
            faked_engine(token_s=token_s) as engine,
            running_gateway("--engine-url", engine.address, state_dir=Path(folder)) as client,
        ):
            yield Faked(client, engine, _gateway_process(folder))


async def memory_growth(progress: Progress, *, early: int, late: int) -> dict[str, float]:
    """The gateway's resident memory after `late` requests over that after `early`."""
    async with gateway_before_nothing(token_s=0.0) as faked:
        holes = [FreshHoles(0, characters=size, max_tokens=4) for size in CHARACTERS]
        numbers = count()
        began = time.perf_counter()

        async def ask_until(last: int) -> None:
            while (number := next(numbers)) < last:
                if number % 500 == 0:
                    progress(f"memory: request {number} of {late}")
                hole = holes[number % len(holes)].one()
                remember = number % REMEMBERED == 0
                await timed_completion(
                    faked.client, msgspec.structs.replace(hole, remember=remember)
                )

        sizes: list[int] = []
        for last in (early, late):
            # Each client takes one number too many, so the count starts again at `last`.
            await asyncio.gather(*(ask_until(last) for _ in range(TOGETHER)))
            numbers = count(last)
            sizes.append(faked.process.memory_info().rss)
        took = time.perf_counter() - began
    return {
        "memory_growth": sizes[1] / sizes[0],
        "memory_early_mib": sizes[0] / 2**20,
        "memory_late_mib": sizes[1] / 2**20,
        "gateway_requests_per_s": late / took,
    }


async def cancel_times(progress: Progress, *, times: int) -> list[float]:
    """Seconds from a client's going away in the middle of an answer to the engine's knowing it."""
    async with gateway_before_nothing(token_s=TOKEN_S) as faked:
        holes = FreshHoles(0, characters=3000, max_tokens=200)
        measured: list[float] = []
        for number in range(times):
            if number % 10 == 0:
                progress(f"a client goes away, {number + 1} of {times}")
            before = (await faked.engine.seen()).broken_off
            left_at = await leave_in_the_middle(faked.client, holes.one())
            measured.append(await broken_off_at(faked.engine, before + 1) - left_at)
        return measured


async def leave_in_the_middle(client: GatewayClient, hole: CompletionRequest) -> float:
    """When the client left, by `time.monotonic`."""
    async with aclosing(client.complete(hole)) as records:
        await anext(records)
        await asyncio.sleep(1.5 * TOKEN_S)
        return time.monotonic()


async def broken_off_at(engine: FakedEngine, number: int) -> float:
    deadline = time.monotonic() + NOTICE_SECONDS
    while (seen := await engine.seen()).broken_off < number:
        if time.monotonic() > deadline:
            raise EngineUnavailable(
                f"The engine went on for {NOTICE_SECONDS:.0f} seconds after its client had left.",
                "This is a fault of the gateway; please report it.",
            )
        await asyncio.sleep(0.005)
    return seen.last_broken_off_at


def _gateway_process(state_dir: str) -> psutil.Process:
    ours = psutil.Process().children()
    return next(process for process in ours if state_dir in process.cmdline())
