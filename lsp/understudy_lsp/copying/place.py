"""A place elsewhere with the same text before it as before the cursor."""

import msgspec

CONTEXT = 64
"""Characters before a place that are compared: that more agree says nothing more."""

LEAST = 4
"""Characters that agree at least; less is chance."""

VIEW = 400
"""Characters before and after a place that are looked at."""


class Place(msgspec.Struct, frozen=True):
    path: str
    line: int
    """From 1."""
    agrees: int
    """Characters before it that are the same as those before the cursor, at most `CONTEXT`."""
    before: str
    """At most `VIEW` characters."""
    after: str
    """At most `VIEW` characters."""

    @property
    def continuation(self) -> str:
        """What follows, to the end of the line."""
        return self.after.partition("\n")[0].rstrip()

    @property
    def whole_line(self) -> str:
        return self.before.rpartition("\n")[2] + self.continuation
