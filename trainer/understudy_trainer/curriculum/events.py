"""What the log of events says of each completion, folded together while it is read.

An event says nothing that has to be true: it may come twice, late, or from somebody who means
harm. So nothing of this is learned as it is, see `experience`. The order is that of arrival, which
the gateway chose; clocks of clients decide nothing.
"""

from collections.abc import Iterable

import msgspec

from understudy_protocol.completion import Completion
from understudy_protocol.events import (
    Accepted,
    Event,
    Ignored,
    Kept,
    PartiallyAccepted,
    Rejected,
    Replaced,
)

KEPT = 0.5
"""Of the accepted text is still there; what was changed more was not what people wanted."""

LONGEST = 2_000
"""Characters of what somebody wrote that are held; more is asked for nowhere."""


class Life(msgspec.Struct):
    """Of one completion, as far as the log was read."""

    whole: bool = False
    """It was accepted as a whole."""
    part: int = 0
    """UTF-16 code units that were accepted by word or line."""
    kept: float | None = None
    """Share of what was accepted, by the last word on it; None if there was none."""
    refused: bool = False
    """Rejected or ignored."""
    replaced: str = ""
    typed: str = ""

    def add(self, event: Event) -> None:
        if isinstance(event, Accepted):
            self.whole = True
        elif isinstance(event, PartiallyAccepted):
            self.part = max(self.part, event.length)
        elif isinstance(event, Kept):
            share = min(event.length, event.accepted_length) / max(event.accepted_length, 1)
            self.kept = share
            self.part = max(self.part, event.accepted_length)
        elif isinstance(event, Replaced):
            self.replaced = event.text[:LONGEST]
        elif isinstance(event, Ignored):
            self.refused = True
            self.typed = event.typed[:LONGEST]
        elif isinstance(event, Rejected):
            self.refused = True


def hinted(life: Life, completion: Completion) -> list[str]:
    """What may be the right text at this place, the likeliest first.

    What counts is the last word of what was kept. Without one, somebody who accepted and refused
    the same said nothing; somebody who only accepted said that it was right.
    """
    taken = completion.text if life.whole else _beginning(completion.text, life.part)
    kept = life.kept >= KEPT if life.kept is not None else bool(taken) and not life.refused
    texts: Iterable[str] = (taken,) if taken and kept else (life.replaced, life.typed)
    return [text for text in texts if text.strip()]


def reason_for_nothing(life: Life) -> str:
    """Why `hinted` gave nothing."""
    if life.kept is not None:
        return "not kept"
    if life.refused and (life.whole or life.part):
        return "accepted and refused"
    return "nothing written instead" if life.refused else "never decided"


def _beginning(text: str, units: int) -> str:
    """The first so many UTF-16 code units, never half a character."""
    encoded = text.encode("utf-16-le", "surrogatepass")[: 2 * units]
    return encoded.decode("utf-16-le", "ignore")
