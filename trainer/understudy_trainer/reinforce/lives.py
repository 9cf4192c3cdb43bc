"""What became of one completion, whatever the order in which it is told.

Beside `curriculum.events`, where the last word on what was kept counts: here the word that looks
furthest ahead does, so that events that come late or twice change nothing. No clock is asked, see
`Event.at`.
"""

import msgspec

from understudy_protocol.completion import Completion
from understudy_protocol.events import Accepted, Event, Horizon, Kept, PartiallyAccepted
from understudy_trainer.curriculum.events import Life

_AHEAD = {horizon: number for number, horizon in enumerate(Horizon)}


class Told(msgspec.Struct):
    life: Life = msgspec.field(default_factory=Life)
    taken: int = 0
    """UTF-16 code units that were accepted."""
    furthest: int = -1
    """Horizon of the word on what was kept."""

    def add(self, event: Event) -> None:
        if isinstance(event, Kept):
            if _AHEAD[event.horizon] < self.furthest:
                return
            self.furthest = _AHEAD[event.horizon]
            self.taken = max(self.taken, event.accepted_length)
        elif isinstance(event, Accepted | PartiallyAccepted):
            self.taken = max(self.taken, event.length)
        self.life.add(event)


def kept_share(told: Told, completion: Completion) -> float | None:
    """Of the whole suggestion: what was taken of it, and is still there. None if nobody said."""
    if told.life.kept is None:
        return None
    units = len(completion.text.encode("utf-16-le", "surrogatepass")) // 2
    taken = 1.0 if told.life.whole else min(1.0, told.taken / max(units, 1))
    return max(0.0, min(1.0, told.life.kept)) * taken
