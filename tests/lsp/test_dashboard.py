"""Events become figures that a person can check."""

import uuid

from understudy_lsp.dashboard import dashboard
from understudy_protocol.completion import CompletionId
from understudy_protocol.events import (
    READ_MS,
    Accepted,
    Event,
    EventId,
    Horizon,
    Kept,
    PartiallyAccepted,
    Shown,
    Source,
)
from understudy_protocol.repository import RepositoryId

DAY = 1_700_000_000_000


def about(completion: int, source: Source = Source.ENGINE) -> dict[str, object]:
    return {
        "id": EventId(str(uuid.uuid4())),
        "completion": CompletionId(str(uuid.UUID(int=completion))),
        "repository": RepositoryId("click-0123456789ab"),
        "at": DAY,
        "source": source,
    }


def shown(completion: int, dwell_ms: int = READ_MS, source: Source = Source.ENGINE) -> Event:
    return Shown(dwell_ms=dwell_ms, **about(completion, source))  # pyright: ignore[reportArgumentType]


def page(*events: Event) -> str:
    return dashboard("click", events, status="Ready.", waiting=0)


def test_a_suggestion_is_counted_once_however_often_it_is_told_of() -> None:
    taken = Accepted(length=3, **about(1))  # pyright: ignore[reportArgumentType]
    part = PartiallyAccepted(length=1, **about(1))  # pyright: ignore[reportArgumentType]
    text = page(shown(1), shown(1), part, taken, shown(2))
    assert "| 2023-11-14 | 2 | 1 | 50% |" in text
    assert "| written by the model | 2 | 1 | 50% |" in text


def test_what_was_gone_before_it_was_read_does_not_count() -> None:
    assert "Nothing is remembered" in page(shown(1, dwell_ms=READ_MS - 1))


def test_sources_stand_apart() -> None:
    text = page(shown(1), shown(2, source=Source.COPY))
    assert "| copied from the repository | 1 | 0 | 0% |" in text


def test_kept_text_is_that_of_ten_minutes() -> None:
    late = Kept(horizon=Horizon.TEN_MINUTES, length=6, accepted_length=8, **about(1))  # pyright: ignore[reportArgumentType]
    early = Kept(horizon=Horizon.THIRTY_SECONDS, length=8, accepted_length=8, **about(1))  # pyright: ignore[reportArgumentType]
    assert "75% was still there" in page(shown(1), early, late)


def test_what_waits_is_told() -> None:
    assert "12 events wait" in dashboard("click", [], status="", waiting=12)
