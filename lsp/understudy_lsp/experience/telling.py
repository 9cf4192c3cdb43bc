"""The events about one completion, with ids that follow from what they say.

So the outcome of a completion has the same id whoever tells it and however often, and the gateway,
which stores each id once, never holds two.
"""

from typing import TypedDict
from uuid import UUID, uuid5

import msgspec

from understudy_lsp.experience.life import Life, State, units
from understudy_lsp.experience.moment import Moment
from understudy_lsp.request import encodable
from understudy_protocol.completion import CompletionId
from understudy_protocol.events import (
    Accepted,
    Discarded,
    DiscardReason,
    Event,
    EventId,
    Horizon,
    Ignored,
    Kept,
    PartiallyAccepted,
    Rejected,
    Replaced,
    Reuse,
    Shown,
    Source,
)
from understudy_protocol.repository import RepositoryId


class About(msgspec.Struct, frozen=True):
    """What every event says."""

    completion: CompletionId
    repository: RepositoryId
    source: Source = Source.ENGINE
    reuse: Reuse = Reuse.NONE


class _Fields(TypedDict):
    id: EventId
    completion: CompletionId
    repository: RepositoryId
    at: int
    source: Source
    reuse: Reuse


def about(life: Life) -> About:
    suggestion = life.suggestion
    return About(suggestion.completion, life.repository, suggestion.source, suggestion.reuse)


def shown(life: Life, moment: Moment) -> Shown:
    return Shown(
        **_fields(about(life), "shown", moment),
        dwell_ms=max(0, round(life.seen_s * 1000)),
        features=life.suggestion.features,
        propensity=life.suggestion.propensity,
    )


def taken(life: Life, moment: Moment) -> PartiallyAccepted:
    length = life.length
    return PartiallyAccepted(**_fields(about(life), f"taken:{length}", moment), length=length)


def outcome(life: Life, moment: Moment) -> Event:
    """Of a life that has ended."""
    match life.state:
        case State.ACCEPTED:
            return Accepted(**_fields(about(life), "outcome", moment), length=life.length)
        case State.REJECTED:
            return Rejected(**_fields(about(life), "outcome", moment))
        case State.IGNORED:
            typed = encodable(life.typed)
            return Ignored(**_fields(about(life), "outcome", moment), typed=typed)
        case _:
            return discarded(
                about(life), DiscardReason.STALE, detail="gone before it was seen", moment=moment
            )


def discarded(of: About, reason: DiscardReason, *, detail: str, moment: Moment) -> Discarded:
    return Discarded(**_fields(of, "outcome", moment), reason=reason, detail=detail)


def kept(of: About, horizon: Horizon, *, accepted: str, length: int, moment: Moment) -> Kept:
    return Kept(
        **_fields(of, f"kept:{horizon}", moment),
        horizon=horizon,
        length=length,
        accepted_length=units(accepted),
    )


def replaced(of: About, text: str, moment: Moment) -> Replaced:
    return Replaced(**_fields(of, "replaced", moment), text=encodable(text))


def _fields(of: About, what: str, moment: Moment) -> _Fields:
    return _Fields(
        id=EventId(str(uuid5(UUID(of.completion), what))),
        completion=of.completion,
        repository=of.repository,
        at=max(0, moment.at),
        source=of.source,
        reuse=of.reuse,
    )
