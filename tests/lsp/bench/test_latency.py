"""The benchmark driven at a small scale, with the real language server as a child."""

import os
import subprocess
import sys

import pytest

from understudy_lsp.bench import edit, latency
from understudy_lsp.bench.latency import Sizes
from understudy_lsp.bench.memory import below, memory_mb
from understudy_lsp.bench.synthetic import large_file

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="memory is read as Linux tells it")


async def test_every_figure_that_is_to_be_reached_is_measured() -> None:
    said: list[str] = []
    sizes = Sizes(files=30, samples=2, rounds=1, starts=1)
    figures = await latency.measure(sizes, said.append)
    of_session = {"calls_over_tabby", "accepted_over_tabby", "reuse_share"}
    assert edit.LIMITS.keys() - of_session <= figures.keys()
    assert all(value > 0 for name, value in figures.items() if name != "did_change_p50_ms")
    assert said


def test_memory_is_that_of_a_process_and_those_below_it() -> None:
    alone = memory_mb(os.getpid())
    child = "print(len(b'-' * 2**26), flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", f"held = b'-' * 2**26\n{child}"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert process.pid in below(os.getpid())
        assert memory_mb(os.getpid()) - alone > 48
        process.kill()


def test_the_large_file_is_the_same_everywhere() -> None:
    text = large_file(lines=500)
    assert text == large_file(lines=500)
    assert 500 <= text.count("\n") < 530
    compile(text, "large.py", "exec")
