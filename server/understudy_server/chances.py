"""Lines in which a suggestion could have been shown, and whether one was taken there.

Of what is shown a release may be taken more and still help less: it hides what people would have
taken. So lines are counted in which the engine answered, shown or hidden, whatever the number of
requests: what is hidden is asked for again at the next key, and what is shown is not.
"""

from collections.abc import Iterator

import msgspec

from understudy_protocol.completion import Completion
from understudy_server.acceptance import Suggestion

LEFT_MS = 120_000
"""Who has not asked in a line for so long has left it."""
ABOVE = 200
"""Characters above a line that tell it from others. What a completion keeps of a document begins
further down with each key, so not all of them can."""


class _Line(msgspec.Struct):
    completion: Completion
    """The newest one, bare."""
    value: float


class Chances:
    def __init__(self) -> None:
        self._open: dict[int, _Line] = {}

    def add(self, line: int, completion: Completion, value: float) -> None:
        """`line` is of `line_of`; the best that was taken there counts."""
        known = self._open.get(line)
        if known is None:
            self._open[line] = _Line(completion, value)
            return
        known.value = max(known.value, value)
        if completion.at >= known.completion.at:
            known.completion = completion

    def left(self, until: int) -> Iterator[tuple[str | None, Suggestion]]:
        """Those in which nobody asks any more, as all is known up to `until`: the release that
        wrote there, and what became of it. In order of time, each once."""
        over = [
            (each.completion.at, line)
            for line, each in self._open.items()
            if each.completion.at <= until - LEFT_MS
        ]
        for at, line in sorted(over):
            each = self._open.pop(line)
            yield each.completion.release, Suggestion(at, each.completion.person, each.value)


def line_of(completion: Completion) -> int:
    """A number for the line of a completion: nothing of its text can be read from it."""
    above = completion.prefix.rpartition("\n")[0][-ABOVE:]
    return hash((completion.person, completion.release, completion.path, above))
