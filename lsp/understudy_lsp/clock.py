"""The time that the language server goes by: `now` for durations, `at` for dates.

It is the machine's own, but for a backtest, in which days of typing pass in minutes
(`simulation.py`).
"""

import time
from typing import Protocol


class Clock(Protocol):
    def now(self) -> float:
        """Seconds; never goes back."""
        ...

    def at(self) -> int:
        """Milliseconds since the epoch; may jump."""
        ...


class MachineClock:
    def now(self) -> float:
        return time.monotonic()

    def at(self) -> int:
        return time.time_ns() // 1_000_000


_clock: Clock = MachineClock()


def set_clock(clock: Clock) -> None:
    """Once, before anything has read it."""
    global _clock
    _clock = clock


def now() -> float:
    return _clock.now()


def at() -> int:
    return _clock.at()
