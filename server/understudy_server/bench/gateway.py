"""`bench gateway`: what the gateway adds to the time to first text.

Each pair is the same hole twice, once through the gateway and once as token ids straight to vLLM's
socket, taking turns to be first.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import aclosing

import msgspec

from understudy_protocol.bench import BenchResult, Progress
from understudy_protocol.completion import CompletionRequest
from understudy_protocol.fim import Parts, render
from understudy_protocol.fim_formats import choose
from understudy_protocol.fim_tokens import stop_ids
from understudy_releases.paths import embedded_model
from understudy_server.bench.bare_engine import bare_engine
from understudy_server.bench.engine_settings import EMBEDDED
from understudy_server.bench.fresh_holes import FreshHoles
from understudy_server.bench.quantiles import quantile, quantile_ratio
from understudy_server.bench.timed import timed_completion
from understudy_server.config import Config
from understudy_server.engine import Engine
from understudy_server.launch import running_gateway
from understudy_server.tokenizer import load_tokenizer

LIMITS = {
    "ttft_ratio_p50": 1.08,
    "ttft_ratio_p95": 1.15,
    "ttft_ratio_p50_c4": 1.08,
    "ttft_ratio_p50_c16": 1.08,
}
PAIRS = 200
ROUNDS = {4: 16, 16: 12}
"""By how many are asked at a time: how often each side has its turn."""
EACH = 3
"""Requests that each of those makes in one turn, one after the other."""
CHARACTERS = 3000
MAX_TOKENS = 16

FirstText = Callable[[CompletionRequest], Awaitable[float | None]]
"""Seconds to the first text; None if there was none."""


class Pairs(msgspec.Struct, frozen=True):
    """Seconds to first text."""

    gateway: list[float]
    engine: list[float]


async def run(progress: Progress) -> BenchResult:
    """Ratios of quantiles, gateway over engine, and the quantiles in milliseconds."""
    progress("starting vLLM")
    async with (
        bare_engine(EMBEDDED.settings(), EMBEDDED.environment) as started,
        running_gateway("--engine-url", started.engine.address) as client,
    ):

        async def through_gateway(hole: CompletionRequest) -> float | None:
            return (await timed_completion(client, hole)).first_s

        figures = await measure(through_gateway, Straight(started.engine).first_text, progress)
    return BenchResult(
        figures=figures,
        settings={
            "pairs": PAIRS,
            "characters": CHARACTERS,
            "max_tokens": MAX_TOKENS,
            **EMBEDDED.described(),
        },
    )


async def measure(gateway: FirstText, engine: FirstText, progress: Progress) -> dict[str, float]:
    holes = FreshHoles(0, characters=CHARACTERS, max_tokens=MAX_TOKENS)
    for _ in range(5):
        for side, hole in zip((gateway, engine), holes.twins(), strict=True):
            await side(hole)
    alone = await _in_turn(gateway, engine, holes, progress)
    figures: dict[str, float] = {}
    for name, share in (("p50", 0.5), ("p95", 0.95)):
        figures[f"ttft_ratio_{name}"] = quantile_ratio(alone.gateway, alone.engine, share)
        figures[f"gateway_ttft_ms_{name}"] = 1000 * quantile(alone.gateway, share)
        figures[f"engine_ttft_ms_{name}"] = 1000 * quantile(alone.engine, share)
    for together, rounds in ROUNDS.items():
        both = Pairs([], [])
        for number in range(rounds):
            progress(f"{together} at a time, {number + 1} of {rounds}")
            sides = [(gateway, both.gateway), (engine, both.engine)]
            for side, times in sides if number % 2 else reversed(sides):
                times += await _together(side, holes, together)
        figures[f"ttft_ratio_p50_c{together}"] = quantile_ratio(both.gateway, both.engine, 0.5)
        figures[f"gateway_ttft_ms_p50_c{together}"] = 1000 * quantile(both.gateway, 0.5)
        figures[f"engine_ttft_ms_p50_c{together}"] = 1000 * quantile(both.engine, 0.5)
    return figures


async def _in_turn(
    gateway: FirstText, engine: FirstText, holes: FreshHoles, progress: Progress
) -> Pairs:
    pairs = Pairs([], [])
    while (done := len(pairs.gateway)) < PAIRS:
        if done % 10 == 0:
            progress(f"pair {done + 1} of {PAIRS}")
        one, other = holes.twins()
        if done % 2:
            through, straight = await gateway(one), await engine(other)
        else:
            straight, through = await engine(one), await gateway(other)
        # Where the model ends the line at once there is no first text to wait for.
        if through is not None and straight is not None:
            pairs.gateway.append(through)
            pairs.engine.append(straight)
    return pairs


async def _together(side: FirstText, holes: FreshHoles, together: int) -> list[float]:
    async def client() -> list[float | None]:
        return [await side(holes.one()) for _ in range(EACH)]

    answers = await asyncio.gather(*(client() for _ in range(together)))
    return [first for answer in answers for first in answer if first is not None]


class Straight:
    """Asks vLLM what the gateway would ask it, already rendered when the clock starts."""

    def __init__(self, engine: Engine) -> None:
        model = str(embedded_model())
        self._engine = engine
        self._format = choose(model)
        self._tokenizer = load_tokenizer(model)
        self._stop_ids = stop_ids(self._format, self._tokenizer)

    async def first_text(self, hole: CompletionRequest) -> float | None:
        parts = Parts(
            prefix=hole.prefix,
            suffix=hole.suffix,
            path=hole.path,
            repository=hole.repository.rpartition("-")[0],
        )
        budget = Config().prompt_tokens
        prompt = render(parts, fmt=self._format, tokenizer=self._tokenizer, budget=budget)
        began = time.perf_counter()
        first: float | None = None
        answer = self._engine.complete(
            prompt.ids,
            adapter=None,
            max_tokens=hole.max_tokens,
            stop=("\n",),
            stop_token_ids=self._stop_ids,
        )
        async with aclosing(answer) as deltas:
            async for delta in deltas:
                if delta.text and first is None:
                    first = time.perf_counter() - began
        return first
