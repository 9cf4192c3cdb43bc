"""`bench engine_settings`: which settings of vLLM answer a typing person soonest on this machine.

The work is that of the embedded model in an editor: single lines of about ten tokens, prompts of
3,000 characters, nearly all of which the prefix cache knows from the keystroke before.
"""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from statistics import fmean, median

import msgspec

from understudy_protocol.bench import BenchResult, Progress, Value
from understudy_releases.paths import embedded_model
from understudy_server.bench.bare_engine import Timing, bare_engine, settle, time_completion
from understudy_server.bench.keystrokes import Typist
from understudy_server.bench.random_adapter import write_adapter
from understudy_server.engine_launch import EngineSettings

LIMITS: dict[str, float] = {}
"""It compares; there is nothing to reach."""
SESSIONS = 8
"""Stretches of typing, each at a place of its own, without and with an adapter in turn."""
KEYSTROKES = 10
CHARACTERS = 3000
MAX_TOKENS = 24
ADAPTER = "adapter"


class Variant(msgspec.Struct, frozen=True, kw_only=True):
    """A way to start vLLM with the embedded model; without anything, as the gateway does."""

    eager: bool = False
    block_size: int = 32
    """Tokens that the prefix cache keeps or forgets together; vLLM's own choice on a CPU is 128."""
    more: tuple[str, ...] = ()
    environment: Mapping[str, str] = {}

    def settings(self) -> EngineSettings:
        """Return what the engine is started with."""
        return EngineSettings(
            model=str(embedded_model()),
            name="prompter",
            eager=self.eager,
            more=("--block-size", str(self.block_size), *self.more),
        )

    def described(self) -> dict[str, Value]:
        """Return the settings by name, for the result of a benchmark."""
        return {"eager": self.eager, "block_size": self.block_size}


_NGRAM = (
    "--speculative-config",
    '{"method":"ngram","num_speculative_tokens":4,"prompt_lookup_max":4,"prompt_lookup_min":2}',
)
_GNU_OPENMP = {"LD_PRELOAD": ""}
"""vLLM loads torch's where no other is named."""
_WORKER = {"VLLM_ENABLE_V1_MULTIPROCESSING": "1"}
"""A process of its own holds the model, with its threads bound to cores that vLLM chooses."""
_ALL_CORES = {"VLLM_CPU_OMP_THREADS_BIND": f"0-{(os.cpu_count() or 1) - 1}"}

EMBEDDED = Variant()

VARIANTS: dict[str, Variant] = {
    "embedded": EMBEDDED,
    "worker_process": Variant(environment={**_WORKER, **_ALL_CORES}),
    "eager": Variant(eager=True),
    "every_core": Variant(environment={"OMP_NUM_THREADS": str(os.cpu_count() or 1)}),
    "ngram": Variant(more=_NGRAM),
    "block_128": Variant(block_size=128),
    "gnu_openmp": Variant(environment=_GNU_OPENMP),
    "stock_vllm": Variant(
        eager=True, block_size=128, environment={**_WORKER, **_GNU_OPENMP, "VLLM_PLUGINS": ""}
    ),
}


async def run(progress: Progress) -> BenchResult:
    """Medians for each variant, in milliseconds, and the seconds that it takes to start."""
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="understudy-") as folder:
        adapter = Path(folder) / "adapter"
        write_adapter(embedded_model(), adapter, seed=1)
        for name, variant in VARIANTS.items():
            progress(f"{name}, {len(figures) // 7 + 1} of {len(VARIANTS)}")
            measured = await _measure(variant, adapter)
            figures |= {f"{name}_{figure}": value for figure, value in measured.items()}
    return BenchResult(
        figures=figures,
        settings={
            "sessions": SESSIONS,
            "keystrokes": KEYSTROKES,
            "characters": CHARACTERS,
            "max_tokens": MAX_TOKENS,
        },
    )


async def _measure(variant: Variant, adapter: Path) -> dict[str, float]:
    timings: dict[str | None, list[Timing]] = {None: [], ADAPTER: []}
    async with bare_engine(variant.settings(), variant.environment) as started:
        engine, typist = started.engine, Typist(seed=0)
        await engine.load_adapter(ADAPTER, adapter)
        for name in timings:
            await settle(engine, [*typist.typing(CHARACTERS, 3)], name)
        for _ in range(SESSIONS):
            for name, measured in timings.items():
                session = [
                    await time_completion(
                        engine, prompt, adapter=name, max_tokens=MAX_TOKENS, stop=("\n",)
                    )
                    for prompt in typist.typing(CHARACTERS, KEYSTROKES)
                ]
                # The first request of a session reads the whole prompt.
                measured += session[1:]
    figures = {"start_s": started.start_s}
    for label, name in (("base", None), (ADAPTER, ADAPTER)):
        figures[f"{label}_ttft_ms"] = 1000 * median(t.first_s for t in timings[name])
        # Speculation answers several tokens at once, so a median of gaps would flatter it.
        figures[f"{label}_token_ms"] = 1000 * fmean(
            (t.whole_s - t.first_s) / (t.tokens - 1) for t in timings[name] if t.tokens > 1
        )
        figures[f"{label}_whole_ms"] = 1000 * median(t.whole_s for t in timings[name])
    return figures
