"""`bench load`: four times what the engine can take, 50,000 requests, clients that go away.

What the engine can take is measured first, as the completions a second that come back while the
gateway is kept exactly full. Then requests arrive at random (a Poisson process) at four times that
rate, whether or not the ones before were answered.
"""

import asyncio
import random
import time

import msgspec

from understudy_protocol.bench import BenchResult, Progress
from understudy_protocol.completion import CompletionRequest
from understudy_protocol.errors import Busy
from understudy_server.bench.endurance import cancel_times, memory_growth
from understudy_server.bench.fresh_holes import FreshHoles
from understudy_server.bench.quantiles import quantile, quantile_ratio
from understudy_server.bench.timed import timed_completion
from understudy_server.client import GatewayClient
from understudy_server.config import Config
from understudy_server.launch import running_gateway

LIMITS = {
    "admitted_p95_ratio": 1.5,
    "refused_p99_ms": 20,
    "memory_growth": 1.1,
    "cancel_p95_ms": 100,
}
TIMES = 4
"""How many times what the engine can take."""
ROUNDS = 3
ROUND_S = 15.0
CHARACTERS = 3000
MAX_TOKENS = 16
REQUESTS = (5_000, 50_000)
"""Completions after which the gateway's memory is read."""
LEAVING = 200
"""Clients that go away."""


class Tally(msgspec.Struct, frozen=True):
    """Seconds that each request took, by whether it was let in."""

    admitted: list[float]
    refused: list[float]


async def run(progress: Progress) -> BenchResult:
    progress("starting vLLM")
    full, over = Tally([], []), Tally([], [])
    rate = 0.0
    async with running_gateway() as client:
        holes = FreshHoles(0, characters=CHARACTERS, max_tokens=MAX_TOKENS)
        limit = Config().max_in_flight
        await at_capacity(client, holes, full=Tally([], []), clients=limit, seconds=3.0)
        for number in range(ROUNDS):
            progress(f"as much as the engine can take, round {number + 1} of {ROUNDS}")
            rate = await at_capacity(client, holes, full=full, clients=limit, seconds=ROUND_S)
            progress(f"{TIMES} times as much, round {number + 1} of {ROUNDS}")
            await overload(client, holes, over=over, rate=TIMES * rate, seconds=ROUND_S)
    figures = {
        "admitted_p95_ratio": quantile_ratio(over.admitted, full.admitted, 0.95),
        "admitted_p95_ms": 1000 * quantile(over.admitted, 0.95),
        "capacity_p95_ms": 1000 * quantile(full.admitted, 0.95),
        "capacity_per_s": rate,
        "refused_p99_ms": 1000 * quantile(over.refused, 0.99),
        "refused_p50_ms": 1000 * quantile(over.refused, 0.5),
        "refused_share": len(over.refused) / (len(over.refused) + len(over.admitted)),
    }
    early, late = REQUESTS
    left = await cancel_times(progress, times=LEAVING)
    figures["cancel_p95_ms"] = 1000 * quantile(left, 0.95)
    figures["cancel_p50_ms"] = 1000 * quantile(left, 0.5)
    figures |= await memory_growth(progress, early=early, late=late)
    return BenchResult(
        figures=figures,
        settings={
            "times": TIMES,
            "in_flight": Config().max_in_flight,
            "characters": CHARACTERS,
            "max_tokens": MAX_TOKENS,
            "rounds": ROUNDS,
            "round_s": ROUND_S,
        },
    )


async def at_capacity(
    client: GatewayClient, holes: FreshHoles, *, full: Tally, clients: int, seconds: float
) -> float:
    """Completions a second while so many clients ask one after another; adds to `full`."""
    began = time.perf_counter()
    before = len(full.admitted)

    async def ask() -> None:
        while time.perf_counter() - began < seconds:
            await _ask(client, holes.one(), full)

    await asyncio.gather(*(ask() for _ in range(clients)))
    return (len(full.admitted) - before) / (time.perf_counter() - began)


async def overload(
    client: GatewayClient, holes: FreshHoles, *, over: Tally, rate: float, seconds: float
) -> int:
    """How many requests arrived, `rate` a second; adds each to `over`."""
    arrivals = random.Random(0)
    arrived = 0
    began = due = time.perf_counter()
    async with asyncio.TaskGroup() as asking:
        while (due := due + arrivals.expovariate(rate)) < began + seconds:
            hole = holes.one()
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            asking.create_task(_ask(client, hole, over))
            arrived += 1
    return arrived


async def _ask(client: GatewayClient, hole: CompletionRequest, tally: Tally) -> None:
    began = time.perf_counter()
    try:
        timed = await timed_completion(client, hole)
    except Busy:
        tally.refused.append(time.perf_counter() - began)
    else:
        tally.admitted.append(timed.whole_s)
