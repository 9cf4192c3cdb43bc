"""What became of a suggestion: a closed union of facts that refer to a completion by its id.

Every completion that is remembered ends in exactly one of accepted, rejected, ignored or discarded;
`shown`, `partially_accepted`, `kept` and `replaced` may come beside it. Events are never changed:
a mistake is corrected by nothing but the next event.
"""

from enum import StrEnum
from typing import Annotated, NewType

import msgspec

from understudy_protocol.completion import UUID_PATTERN, WireCompletionId
from understudy_protocol.repository import WireRepositoryId

EventId = NewType("EventId", str)
"""A UUID in its canonical form, chosen by whoever saw the fact; sending it twice stores it once."""

WireEventId = Annotated[EventId, msgspec.Meta(pattern=UUID_PATTERN)]

Length = Annotated[int, msgspec.Meta(ge=0)]
"""UTF-16 code units, as editors count."""


class _Event(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    id: WireEventId
    completion: WireCompletionId
    repository: WireRepositoryId
    at: Annotated[int, msgspec.Meta(ge=0)]
    """Milliseconds since the epoch by the client's clock. Order is by arrival, never by this."""


class Shown(_Event, frozen=True, forbid_unknown_fields=True, tag="shown"):
    """The suggestion was really drawn."""

    dwell_ms: Length
    """How long it stood there; it counts in the statistics from 750 ms."""


class Accepted(_Event, frozen=True, forbid_unknown_fields=True, tag="accepted"):
    """The suggestion was taken whole."""

    length: Length


class PartiallyAccepted(_Event, frozen=True, forbid_unknown_fields=True, tag="partially_accepted"):
    """The suggestion was taken by word or line."""

    length: Length
    """Cumulative: everything taken so far."""


class Rejected(_Event, frozen=True, forbid_unknown_fields=True, tag="rejected"):
    """The suggestion was dismissed explicitly."""


class Ignored(_Event, frozen=True, forbid_unknown_fields=True, tag="ignored"):
    """The suggestion was typed past, or superseded."""

    typed: str
    """What was typed while it was shown."""


class DiscardReason(StrEnum):
    FILTER = "filter"
    STALE = "stale"
    CANCELLED = "cancelled"
    LOW_SCORE = "low_score"


class Discarded(_Event, frozen=True, forbid_unknown_fields=True, tag="discarded"):
    """The suggestion was never shown."""

    reason: DiscardReason


class Horizon(StrEnum):
    THIRTY_SECONDS = "30s"
    TWO_MINUTES = "2min"
    TEN_MINUTES = "10min"
    COMMIT = "commit"


class Kept(_Event, frozen=True, forbid_unknown_fields=True, tag="kept"):
    """How much of the accepted text is still there."""

    horizon: Horizon
    length: Length
    """Surviving characters, by token-level longest common subsequence."""
    accepted_length: Length


class Replaced(_Event, frozen=True, forbid_unknown_fields=True, tag="replaced"):
    """What the person wrote at that place instead, 30 s after a rejection or ignore."""

    text: str


Event = Shown | Accepted | PartiallyAccepted | Rejected | Ignored | Discarded | Kept | Replaced


class EventBatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `POST /v1/events` takes."""

    events: Annotated[tuple[Event, ...], msgspec.Meta(max_length=1000)]


class EventsStored(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `POST /v1/events` answers: every event of the batch is on disk."""

    stored: int
    """Events that were not known before."""
    known: int
    """Events that had been stored already; sending again is harmless."""


class StoredEvent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    cursor: int
    """Position in the log: the gateway's order of arrival."""
    event: Event


class EventPage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `GET /v1/events` answers."""

    events: tuple[StoredEvent, ...]
    next_cursor: int
    """Pass it as `after` to read on; unchanged when there is nothing more."""
