"""What a process and its children hold in memory, on Linux."""

from pathlib import Path

from understudy_protocol.errors import ConfigError


def memory_mb(pid: int) -> float:
    """Megabytes (2**20) of a process and all below it; what several of them share is counted once
    in all (PSS, the kernel's proportional set size)."""
    if not Path("/proc/self/smaps_rollup").exists():
        raise ConfigError(
            "This system does not say how much memory processes share.",
            "Run this benchmark on Linux.",
        )
    return sum(map(_proportional_kb, (pid, *below(pid)))) / 1024


def below(pid: int) -> list[int]:
    """The children of a process, and theirs."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = [int(child) for child in task.read_text().split()]
        except OSError:
            continue
        for child in children:
            found += [child, *below(child)]
    return found


def _proportional_kb(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:  # it has just ended
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
