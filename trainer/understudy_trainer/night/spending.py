"""What each stage of a night took: seconds, processor seconds, joules where there is a meter."""

import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from understudy_trainer.night.record import Spent

METERS = Path("/sys/class/powercap")
"""Of Intel's RAPL, which AMD's processors have too; in most systems only root may read it."""


class Spending:
    def __init__(self) -> None:
        self.began = time.monotonic()
        self.stages: list[Spent] = []

    @property
    def elapsed(self) -> float:
        return time.monotonic() - self.began

    @contextmanager
    def on(self, stage: str) -> Generator[None]:
        wall, cpu, joules = time.monotonic(), time.process_time(), _joules()
        try:
            yield
        finally:
            after = _joules()
            self.stages.append(
                Spent(
                    stage=stage,
                    seconds=time.monotonic() - wall,
                    cpu_s=time.process_time() - cpu,
                    # The meter begins anew now and then; what is less than nothing is not known.
                    joules=after - joules
                    if joules is not None and after is not None and after >= joules
                    else None,
                )
            )


def _joules() -> float | None:
    """Of all processors together since the meters began."""
    try:
        found = [
            int((meter / "energy_uj").read_text(encoding="ascii"))
            for meter in METERS.glob("intel-rapl:[0-9]*")
            if meter.name.count(":") == 1
        ]
    except (OSError, ValueError):
        return None
    return sum(found) / 1e6 if found else None
