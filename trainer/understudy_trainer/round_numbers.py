"""The numbers that stand on the axis of a plot."""

import math

PARTS = 4
"""At least, and at most about twice as many."""


def round_numbers(low: float, high: float, *, least: float = 1e-6) -> list[float]:
    """Evenly spaced and around both; `least` is the smallest difference that is told apart.

    >>> round_numbers(0, 9)
    [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]
    >>> round_numbers(-3, 40)
    [-10.0, 0.0, 10.0, 20.0, 30.0, 40.0]
    """
    part = max(high - low, least) / PARTS
    step = 10.0 ** math.floor(math.log10(part))
    step *= max(factor for factor in (1, 2, 5) if factor * step <= part)
    first = math.floor(low / step + 1e-9)
    last = max(math.ceil(high / step - 1e-9), first + 1)
    return [number * step for number in range(first, last + 1)]
