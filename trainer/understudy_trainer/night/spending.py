"""What each stage of a night took: seconds, processor seconds, joules where there is a meter.

Written after each stage, so that a night that goes on after a kill has spent what it had spent.
"""

import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from understudy_trainer.learn.whole_file import write_whole
from understudy_trainer.night.record import Spent

METERS = Path("/sys/class/powercap")
"""Of Intel's RAPL, which AMD's processors have too; in most systems only root may read it."""

SPENT = "spent.json"


class _Kept(msgspec.Struct):
    stages: list[Spent] = []
    decided: dict[str, float] = {}


class Spending:
    def __init__(self) -> None:
        self.began = time.monotonic()
        self._path: Path | None = None
        self._earlier = 0.0
        self._kept = _Kept()

    @property
    def elapsed(self) -> float:
        return self._earlier + time.monotonic() - self.began

    @property
    def stages(self) -> list[Spent]:
        """Each once, with what it took before a kill."""
        return self._kept.stages

    def goes_on(self, folder: Path) -> None:
        """What a killed night left in `folder` counts from here on, and this is written there."""
        self._path = folder / SPENT
        try:
            before = msgspec.json.decode(self._path.read_bytes(), type=_Kept)
        except (OSError, msgspec.DecodeError):
            return
        self._earlier = sum(each.seconds for each in before.stages)
        tonight, self._kept = self._kept.stages, before
        for each in tonight:
            self._add(each)

    def once(self, name: str, seconds: float) -> float:
        """The same for a night that goes on as it was at first."""
        decided = self._kept.decided.setdefault(name, seconds)
        self._write()
        return decided

    @contextmanager
    def on(self, stage: str) -> Generator[None]:
        wall, cpu, joules = time.monotonic(), time.process_time(), _joules()
        try:
            yield
        finally:
            after = _joules()
            self._add(
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
            self._write()

    def _add(self, more: Spent) -> None:
        stages = self._kept.stages
        for at, each in enumerate(stages):
            if each.stage == more.stage:
                stages[at] = _together(each, more)
                return
        stages.append(more)

    def _write(self) -> None:
        if self._path is not None and self._path.parent.is_dir():
            write_whole(self._path, msgspec.json.encode(self._kept))


def _together(one: Spent, other: Spent) -> Spent:
    known = one.joules is not None and other.joules is not None
    return Spent(
        one.stage,
        one.seconds + other.seconds,
        one.cpu_s + other.cpu_s,
        (one.joules or 0.0) + (other.joules or 0.0) if known else None,
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
