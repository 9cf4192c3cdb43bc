"""A point in time by two clocks: one for how long things took, one for when they happened."""

import msgspec

from understudy_lsp import clock


class Moment(msgspec.Struct, frozen=True):
    now: float
    """Seconds of a clock that never jumps; durations are differences of it."""
    at: int
    """Milliseconds since the epoch, for whoever reads the event; nothing is computed from it."""


def this_moment() -> Moment:
    return Moment(now=clock.now(), at=clock.at())
