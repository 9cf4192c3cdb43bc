"""What the experience store asks of its tables, as functions of a connection in a transaction."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeVar

import msgspec
from sqlalchemy import Connection, Table, delete, func, insert, or_, select

from understudy_protocol.completion import Completion, CompletionId
from understudy_protocol.events import Event, EventPage, StoredEvent
from understudy_protocol.experience import Forgotten, RepositorySummary
from understudy_protocol.repository import RepositoryId
from understudy_server.redaction import Place
from understudy_server.tables import completions, events

MAX_CURSOR = 2**63 - 1
"""The largest number that either database knows."""

_VARIABLES = 500
"""In one statement; SQLite's limit was 999 for long."""

T = TypeVar("T")

_completion_of = msgspec.json.Decoder(Completion).decode
_place_of = msgspec.json.Decoder(Place).decode
_event_of = msgspec.json.Decoder[Event](Event).decode


class _Tally(NamedTuple):
    rows: int
    first: int
    last: int


def insert_completion(connection: Connection, completion: Completion) -> int:
    """1 if it was not known, else 0."""
    row = {
        "id": completion.id,
        "repository": completion.repository,
        "at": completion.at,
        "body": _json(completion),
    }
    return _insert_new(connection, completions, [row])


def insert_events(connection: Connection, batch: Sequence[Event], *, arrived: int) -> int:
    """How many of them were not known; `arrived` in milliseconds since the epoch."""
    rows = [
        {
            "id": each.id,
            "completion": each.completion,
            "repository": each.repository,
            "arrived": arrived,
            "body": _json(each),
        }
        for each in batch
    ]
    return _insert_new(connection, events, rows)


def event_page(
    connection: Connection, *, after: int, limit: int, repository: RepositoryId | None
) -> EventPage:
    query = select(events.c.cursor, events.c.body).order_by(events.c.cursor).limit(limit)
    query = query.where(events.c.cursor > min(after, MAX_CURSOR))
    if repository is not None:
        query = query.where(events.c.repository == repository)
    page = tuple(StoredEvent(cursor, _event_of(body)) for cursor, body in connection.execute(query))
    return EventPage(page, page[-1].cursor if page else after)


def find_completions(
    connection: Connection, ids: Iterable[CompletionId]
) -> dict[CompletionId, Completion]:
    return {id_: _completion_of(body) for id_, body in _bodies(connection, ids)}


def find_places(connection: Connection, ids: Iterable[CompletionId]) -> dict[CompletionId, Place]:
    """The places of those of the completions that are stored."""
    return {id_: _place_of(body) for id_, body in _bodies(connection, ids)}


def summaries(connection: Connection) -> list[RepositorySummary]:
    """Of every repository that anything is known of, by id."""
    of_completions = _tally(connection, completions, "at")
    of_events = _tally(connection, events, "arrived")
    return [
        _summary(repository, of_completions.get(repository), of_events.get(repository))
        for repository in sorted({*of_completions, *of_events})
    ]


def delete_repository(connection: Connection, repository: RepositoryId) -> Forgotten:
    """An event is about the repository of its completion, whichever it says itself."""
    its_completions = select(completions.c.id).where(completions.c.repository == repository)
    its_events = or_(events.c.repository == repository, events.c.completion.in_(its_completions))
    deleted_events = connection.execute(delete(events).where(its_events)).rowcount
    of_repository = delete(completions).where(completions.c.repository == repository)
    return Forgotten(connection.execute(of_repository).rowcount, deleted_events)


def _bodies(
    connection: Connection, ids: Iterable[CompletionId]
) -> Iterator[tuple[CompletionId, str]]:
    for some in _slices(list(dict.fromkeys(ids))):
        query = select(completions.c.id, completions.c.body).where(completions.c.id.in_(some))
        yield from connection.execute(query)


def _insert_new(connection: Connection, table: Table, rows: Sequence[Mapping[str, object]]) -> int:
    """Insert the rows whose id is not in the table; of several with one id the first.

    Asking before is safe because writers take turns (`database.writing`), and unlike ON CONFLICT it
    tells on every database and driver how many were new.
    """
    by_id: dict[object, Mapping[str, object]] = {}
    for row in rows:
        by_id.setdefault(row["id"], row)
    for some in _slices(list(by_id)):
        for known in connection.scalars(select(table.c.id).where(table.c.id.in_(some))).all():
            del by_id[known]
    if by_id:
        connection.execute(insert(table), list(by_id.values()))
    return len(by_id)


def _tally(connection: Connection, table: Table, time: str) -> dict[RepositoryId, _Tally]:
    when = table.c[time]
    query = select(table.c.repository, func.count(), func.min(when), func.max(when))
    rows = connection.execute(query.group_by(table.c.repository))
    return {repository: _Tally(*numbers) for repository, *numbers in rows}


def _summary(
    repository: RepositoryId, of_completions: _Tally | None, of_events: _Tally | None
) -> RepositorySummary:
    tallies = [each for each in (of_completions, of_events) if each is not None]
    return RepositorySummary(
        id=repository,
        completions=of_completions.rows if of_completions else 0,
        events=of_events.rows if of_events else 0,
        first_at=min(each.first for each in tallies),
        last_at=max(each.last for each in tallies),
    )


def _slices(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), _VARIABLES):
        yield items[start : start + _VARIABLES]


def _json(fact: Completion | Event) -> str:
    return msgspec.json.encode(fact).decode()
