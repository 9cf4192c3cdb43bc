"""`bench lora`: what an adapter costs on a CPU, with our plug-in and with vLLM as it is."""

import tempfile
from pathlib import Path
from statistics import median

import msgspec

from understudy_protocol.bench import BenchResult, Progress
from understudy_releases.paths import embedded_model
from understudy_server.bench.bare_engine import Timing, bare_engine, settle, time_completion
from understudy_server.bench.engine_settings import EMBEDDED, Variant
from understudy_server.bench.keystrokes import Typist
from understudy_server.bench.random_adapter import RANK, write_adapter
from understudy_server.engine import Engine

LIMITS = {"ttft_ratio_3000": 1.15, "ttft_ratio_500": 1.3, "token_ratio": 1.3}
SIZES = (3000, 500)
"""Characters of prompt."""
PAIRS = 40
"""For each size and engine: a request without the adapter and one with, in changing order."""
STOCK_PAIRS = 15
"""Fewer: there a long prompt takes seconds."""
MAX_TOKENS = 24
ADAPTER = "adapter"


async def run(progress: Progress) -> BenchResult:
    """Adapter over base, of requests made in turn to one engine."""
    ours = EMBEDDED
    stock = msgspec.structs.replace(
        EMBEDDED, environment={**EMBEDDED.environment, "VLLM_PLUGINS": ""}
    )
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="understudy-") as folder:
        adapter = Path(folder) / "adapter"
        write_adapter(embedded_model(), adapter, seed=1)
        for prefix, variant, pairs in (("", ours, PAIRS), ("stock_", stock, STOCK_PAIRS)):
            named = _named(progress, prefix)
            measured = await _measure(variant, adapter, pairs=pairs, progress=named)
            figures |= {prefix + name: value for name, value in measured.items()}
    return BenchResult(
        figures=figures,
        settings={
            "pairs": PAIRS,
            "stock_pairs": STOCK_PAIRS,
            "rank": RANK,
            "max_tokens": MAX_TOKENS,
            **EMBEDDED.described(),
        },
    )


async def _measure(
    variant: Variant, adapter: Path, *, pairs: int, progress: Progress
) -> dict[str, float]:
    progress("starting vLLM")
    timings: dict[tuple[int, str | None], list[Timing]] = {
        (size, name): [] for size in SIZES for name in (None, ADAPTER)
    }
    async with bare_engine(variant.settings(), variant.environment) as started:
        engine, typist = started.engine, Typist(seed=0)
        await engine.load_adapter(ADAPTER, adapter)
        for name in (None, ADAPTER):
            await settle(engine, [typist.unseen(size) for size in SIZES], name)
        for pair in range(pairs):
            progress(f"pair {pair + 1} of {pairs}")
            names = (None, ADAPTER) if pair % 2 else (ADAPTER, None)
            for size in SIZES:
                for name in names:
                    timings[size, name].append(await _ask(engine, typist, size, name))
    return _figures(timings)


async def _ask(engine: Engine, typist: Typist, size: int, adapter: str | None) -> Timing:
    # A prompt of its own for each request: none may find another's in the prefix cache.
    return await time_completion(
        engine, typist.unseen(size), adapter=adapter, max_tokens=MAX_TOKENS
    )


def _figures(timings: dict[tuple[int, str | None], list[Timing]]) -> dict[str, float]:
    """Ratios, and the medians in milliseconds."""
    figures: dict[str, float] = {}
    for size in SIZES:
        base, with_adapter = (
            [timing.first_s for timing in timings[size, name]] for name in (None, ADAPTER)
        )
        # Of a pair, not of medians: what else runs on the machine slows down both of a pair.
        figures[f"ttft_ratio_{size}"] = median(
            slower / faster for faster, slower in zip(base, with_adapter, strict=True)
        )
        figures[f"base_ttft_ms_{size}"] = 1000 * median(base)
        figures[f"adapter_ttft_ms_{size}"] = 1000 * median(with_adapter)
    base, with_adapter = (
        median(gap for size in SIZES for timing in timings[size, name] for gap in timing.gaps_s)
        for name in (None, ADAPTER)
    )
    figures["token_ratio"] = with_adapter / base
    figures["base_token_ms"] = 1000 * base
    figures["adapter_token_ms"] = 1000 * with_adapter
    return figures


def _named(progress: Progress, prefix: str) -> Progress:
    name = "vLLM as it is" if prefix else "our plug-in"
    return lambda text: progress(f"{name}: {text}")
