"""How far a work is that is done hole by hole, and how long the rest takes at the pace so far."""

import time


class Pace:
    def __init__(self, *, wanted: int, done: int) -> None:
        self._wanted = wanted
        self._done = done
        self._since = time.monotonic()
        self._steps = 0

    def step(self) -> None:
        self._done += 1
        self._steps += 1

    def line(self) -> str:
        line = f"hole {self._done + 1} of {self._wanted}"
        # Too few tell nothing.
        if self._steps < 10:
            return line
        each = (time.monotonic() - self._since) / self._steps
        return f"{line}, {_duration(each * (self._wanted - self._done))} left"


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
