"""What a benchmark gives, whichever component it measures."""

from collections.abc import Callable

import msgspec

Progress = Callable[[str], None]
"""Told in a few words what is being measured."""

Value = str | int | float | bool


class BenchResult(msgspec.Struct, frozen=True):
    """Figures by name, under stated settings."""

    figures: dict[str, float]
    settings: dict[str, Value]


class AtLeast(msgspec.Struct, frozen=True):
    """The least that a figure should be; a limit that is a plain number is the most."""

    value: float


Limit = float | AtLeast
