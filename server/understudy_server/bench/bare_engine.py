"""An engine of one's own without a gateway, and how long its answers take."""

import asyncio
import os
import tempfile
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from itertools import pairwise
from pathlib import Path

import msgspec

from understudy_protocol.errors import EngineUnavailable
from understudy_server.engine import Engine
from understudy_server.engine_launch import (
    EngineSettings,
    engine_command,
    engine_environment,
    why_it_ended,
)
from understudy_server.engine_process import kept_process

START_SECONDS = 300.0


class StartedEngine(msgspec.Struct, frozen=True):
    engine: Engine
    start_s: float
    """From the start of its process to its first healthy answer."""


class Timing(msgspec.Struct, frozen=True):
    """One completion. Times in seconds."""

    first_s: float
    whole_s: float
    gaps_s: tuple[float, ...]
    """Between one part of the answer and the next, each divided by the tokens of the later one."""
    tokens: int


@asynccontextmanager
async def bare_engine(
    settings: EngineSettings, environment: Mapping[str, str]
) -> AsyncGenerator[StartedEngine]:
    """vLLM with these settings; `environment` wins over what the gateway would set.

    Raises EngineUnavailable if it does not get ready. Nothing of it is left afterwards.
    """
    with tempfile.TemporaryDirectory(prefix="understudy-") as folder:
        directory, log = Path(folder), Path(folder) / "engine.log"
        socket = directory / "engine.sock"
        began = time.perf_counter()
        async with kept_process(
            engine_command(settings, socket),
            environment={**engine_environment(settings, os.environ), **environment},
            log=log,
            directory=directory,
            grace_s=10.0,
        ) as process:
            engine = Engine(f"unix://{socket}")
            try:
                while not await engine.ready():
                    if await process.ends(within_s=0.1):
                        raise why_it_ended(process.exit_status, log)
                    if time.perf_counter() - began > START_SECONDS:
                        raise EngineUnavailable(
                            f"vLLM did not get ready within {START_SECONDS:.0f} seconds.",
                            "Run the benchmark again when less else runs on this machine.",
                        )
                start_s = time.perf_counter() - began
                await engine.warm_up()
                yield StartedEngine(engine, start_s)
            finally:
                await engine.close()


async def time_completion(
    engine: Engine,
    prompt: Sequence[int],
    *,
    adapter: str | None,
    max_tokens: int,
    stop: Sequence[str] = (),
) -> Timing:
    """Ask for a completion, greedily, and say how long it took."""
    began = time.perf_counter()
    times: list[float] = []
    counts: list[int] = []
    answer = engine.complete(
        prompt, adapter=adapter, max_tokens=max_tokens, temperature=0.0, stop=stop
    )
    async with aclosing(answer):
        async for delta in answer:
            times.append(time.perf_counter())
            counts.append(len(delta.logprobs))
    gaps = [
        (later - earlier) / count
        for (earlier, later), count in zip(pairwise(times), counts[1:], strict=True)
        if count
    ]
    return Timing(times[0] - began, times[-1] - began, tuple(gaps), sum(counts))


async def settle(engine: Engine, prompts: Sequence[Sequence[int]], adapter: str | None) -> None:
    """Have the engine do what it does only once for each length of prompt, and for an adapter."""
    for prompt in prompts:
        await time_completion(engine, prompt, adapter=adapter, max_tokens=8)
        await asyncio.sleep(0)
