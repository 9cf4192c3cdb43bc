"""The machine that a figure was measured on."""

import os
import platform
from pathlib import Path

from understudy_protocol.bench import Value


def machine() -> dict[str, Value]:
    """What a reader must know before comparing figures of two runs."""
    has_affinity = hasattr(os, "sched_getaffinity")
    return {
        "cpu": _cpu_name(),
        "cores": len(os.sched_getaffinity(0)) if has_affinity else os.cpu_count() or 0,
        "memory_gib": round(_memory_bytes() / 2**30, 1),
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


def _memory_bytes() -> int:
    if not hasattr(os, "sysconf"):  # Windows
        return 0
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
