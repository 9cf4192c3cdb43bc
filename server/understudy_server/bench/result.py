"""What a benchmark gives: figures by name, under stated settings, on a stated machine."""

import os
import platform
from collections.abc import Callable
from pathlib import Path

import msgspec
import psutil

Progress = Callable[[str], None]

Value = str | int | float | bool


class BenchResult(msgspec.Struct, frozen=True):
    bench: str
    figures: dict[str, float]
    settings: dict[str, Value]
    machine: dict[str, Value]


def machine() -> dict[str, Value]:
    """What a reader must know before comparing figures of two runs."""
    return {
        "cpu": _cpu_name(),
        "cores": len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else os.cpu_count() or 0,
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "python": platform.python_version(),
        "system": platform.system(),
    }


def _cpu_name() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "?"
    )
