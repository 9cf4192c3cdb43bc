"""Durations as people write them."""

import re

from understudy_protocol.errors import ConfigError

UNITS_OF_TIME = {"s": 1, "m": 60, "h": 3600}


def seconds_of(duration: str) -> float:
    """Raises ConfigError.

    >>> seconds_of("90s"), seconds_of("10m"), seconds_of("1.5h")
    (90.0, 600.0, 5400.0)
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smh])", duration.strip())
    if not found or not float(found[1]):
        raise ConfigError(
            f"{duration!r} is no time for a night.", "Write a number and a unit: 90s, 10m, 1h."
        )
    return float(found[1]) * UNITS_OF_TIME[found[2]]
