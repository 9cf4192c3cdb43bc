"""What became of a suggestion: a closed union of facts that refer to a completion by its id.

Every completion that is remembered ends in exactly one of accepted, rejected, ignored or discarded;
`shown`, `partially_accepted`, `kept` and `replaced` may come beside it. Events are never changed:
a mistake is corrected by nothing but the next event.
"""

from enum import StrEnum
from typing import Annotated, NewType

import msgspec

from understudy_protocol.completion import UUID_PATTERN, Mode, Path, WireCompletionId
from understudy_protocol.outcome import Features, Propensity
from understudy_protocol.repository import WireRepositoryId

EventId = NewType("EventId", str)
"""A UUID in its canonical form, chosen by whoever saw the fact; sending it twice stores it once."""

WireEventId = Annotated[EventId, msgspec.Meta(pattern=UUID_PATTERN)]

Length = Annotated[int, msgspec.Meta(ge=0)]
"""UTF-16 code units, as editors count."""


class Source(StrEnum):
    """Who wrote the text of a suggestion."""

    ENGINE = "engine"
    """The model."""
    COPY = "copy"
    """The repository itself: what followed the same text elsewhere."""


class Reuse(StrEnum):
    """Which earlier work a suggestion was taken from."""

    NONE = "none"
    """It was asked for at this place."""
    TYPED = "typed"
    """The person went on typing what had been suggested."""
    CACHE = "cache"
    """The same text before and after the cursor was asked for before."""
    JOINED = "joined"
    """A request was running whose text agreed with what was typed."""
    REST = "rest"
    """The stream of an earlier suggestion went on after what was shown of it."""
    AHEAD = "ahead"
    """Asked for before it was needed, as if the suggestion before it had been accepted."""


class _Event(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    id: WireEventId
    completion: WireCompletionId
    repository: WireRepositoryId
    at: Annotated[int, msgspec.Meta(ge=0)]
    """Milliseconds since the epoch by the client's clock. Order is by arrival, never by this."""
    source: Source = Source.ENGINE
    reuse: Reuse = Reuse.NONE


READ_MS = 750
"""Whoever has had a suggestion before their eyes for so long has read it (the bound of CodeCompose
and Cody); statistics begin there."""


class Shown(_Event, frozen=True, forbid_unknown_fields=True, tag="shown"):
    """The suggestion was really drawn."""

    dwell_ms: Length
    """How long it stood there; it was read from `READ_MS` on."""
    features: Features | None = None
    """What was known of it before it was shown for the first time. None if it was asked for by a
    key: then the person decided that something is shown."""
    propensity: Propensity = 1.0
    """The probability by which it was shown; below 1 if it would have been hidden (see
    `outcome`)."""


class Accepted(_Event, frozen=True, forbid_unknown_fields=True, tag="accepted"):
    """The suggestion was taken whole."""

    length: Length
    """Of what was taken, without what was typed by hand."""


class PartiallyAccepted(_Event, frozen=True, forbid_unknown_fields=True, tag="partially_accepted"):
    """The suggestion was taken by word or line."""

    length: Length
    """Cumulative: everything taken so far, without what was typed by hand. It may go on growing
    after the outcome, when more of the completion is offered and taken."""


class Rejected(_Event, frozen=True, forbid_unknown_fields=True, tag="rejected"):
    """The suggestion was dismissed explicitly."""


class Ignored(_Event, frozen=True, forbid_unknown_fields=True, tag="ignored"):
    """The suggestion was typed past, or superseded."""

    typed: str
    """What was typed while it was shown; the suggestion's own text, if that was typed by hand."""


class DiscardReason(StrEnum):
    FILTER = "filter"
    STALE = "stale"
    CANCELLED = "cancelled"
    LOW_SCORE = "low_score"
    DUPLICATE = "duplicate"
    """Another completion with the same text stood at that place already."""


class Discarded(_Event, frozen=True, forbid_unknown_fields=True, tag="discarded"):
    """The suggestion was never shown."""

    reason: DiscardReason
    detail: Annotated[str, msgspec.Meta(max_length=100)] = ""
    """What exactly, such as the name of the filter; never text of the person's."""


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
    """Of the range that was taken."""


class Replaced(_Event, frozen=True, forbid_unknown_fields=True, tag="replaced"):
    """What the person wrote at that place instead, 30 s after a rejection or ignore."""

    text: str


Event = Shown | Accepted | PartiallyAccepted | Rejected | Ignored | Discarded | Kept | Replaced


class CopiedCompletion(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag="copied"):
    """A completion that the client took from the repository's own text, which the gateway cannot
    know of: it stores it beside its own."""

    id: WireCompletionId
    repository: WireRepositoryId
    path: Path
    language: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    prefix: Annotated[str, msgspec.Meta(max_length=4000)]
    """The document up to the cursor, from its end as much as a model would see."""
    suffix: Annotated[str, msgspec.Meta(max_length=2000)]
    text: Annotated[str, msgspec.Meta(max_length=10_000)]
    mode: Mode
    confidence: Annotated[float, msgspec.Meta(ge=0, le=1)]
    """How sure the client was of it."""


class EventBatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `POST /v1/events` takes."""

    events: Annotated[tuple[Event, ...], msgspec.Meta(max_length=1000)]
    completions: Annotated[tuple[CopiedCompletion, ...], msgspec.Meta(max_length=1000)] = ()
    """Stored before the events."""


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
