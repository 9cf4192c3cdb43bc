"""`bench edit`: what the language server adds, what a key costs, and a session beside Tabby's.

`latency` measures with a stub for a gateway and a synthetic workspace; `session` types lines of the
history of the repository that the benchmark is run in, with the real gateway and vLLM.
"""

from pathlib import Path

from understudy_lsp.bench import latency, session
from understudy_lsp.bench.latency import Sizes
from understudy_lsp.bench.synthetic import FILES, LARGE_LINES
from understudy_protocol.bench import AtLeast, BenchResult, Limit, Progress

LIMITS: dict[str, Limit] = {
    "added_p50_ms": 2,
    "added_p99_ms": 10,
    "reuse_p99_ms": 5,
    "did_change_p50_ms": 0.1,
    "copy_p99_ms": 3,
    "cancel_p99_ms": 10,
    "initialize_ms": 600,
    "index_s": 20,
    "rss_mb": 150,
    "calls_over_tabby": 0.5,
    "accepted_over_tabby": AtLeast(1.0),
    "reuse_share": AtLeast(0.6),
}

SIZES = Sizes(files=FILES, samples=300, rounds=30, starts=7)
KEYS = 2_000
"""Of the session."""

QUICK_SIZES = Sizes(files=500, samples=30, rounds=5, starts=3)
QUICK_KEYS = 200


async def run(progress: Progress) -> BenchResult:
    return await _run(SIZES, KEYS, progress)


async def run_quick(progress: Progress) -> BenchResult:
    """Rough figures in two minutes."""
    return await _run(QUICK_SIZES, QUICK_KEYS, progress)


async def _run(sizes: Sizes, keys: int, progress: Progress) -> BenchResult:
    figures = await latency.measure(sizes, progress)
    typed = await session.measure(Path.cwd(), keys, progress)
    settings = {"workspace_files": sizes.files, "lines": LARGE_LINES, "samples": sizes.samples}
    return BenchResult(figures | typed.figures, settings | typed.settings)
