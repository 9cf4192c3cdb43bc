"""The experience store: completions and the events that refer to them, append-only.

Writing goes through one thread (`store_writer`), reading through a small pool of them, so that the
gateway's loop never waits for a disk. Texts are rid of secrets before they are written
(`redaction`).
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from sqlalchemy import Connection, Engine

from understudy_protocol.completion import Completion, CompletionId
from understudy_protocol.errors import StoreError
from understudy_protocol.events import (
    CopiedCompletion,
    Event,
    EventPage,
    EventsStored,
    Ignored,
    Replaced,
)
from understudy_protocol.experience import Forgotten, RepositorySummary
from understudy_protocol.repository import RepositoryId
from understudy_server import store_rows
from understudy_server.copied import as_completion
from understudy_server.database import open_database, sweep
from understudy_server.database_faults import store_error
from understudy_server.redaction import redact_completion, redact_event
from understudy_server.store_writer import StoreWriter

READERS = 4
"""Pages read at the same time."""

T = TypeVar("T")


def open_store(url: str) -> "Store":
    """The store in the database at `url`: `sqlite:////absolute/path` or `postgresql+psycopg://…`.

    Blocks while it creates or migrates the tables. Raises StoreError if the database cannot be
    opened, is of a newer version, or is not the store's.
    """
    return Store(open_database(url, connections=READERS + 1), clock=_milliseconds)


class Store:
    """Used from one event loop; several gateways may share one database."""

    def __init__(self, engine: Engine, *, clock: Callable[[], int]) -> None:
        """`clock` gives milliseconds since the epoch; nothing is ordered by it."""
        self._engine = engine
        self._clock = clock
        self._writer = StoreWriter(engine)
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="store-reader")
        self._redacted: Counter[str] = Counter()
        self._closed = False

    @property
    def redacted(self) -> Mapping[str, int]:
        """Secrets replaced since the store was opened, by kind."""
        return self._redacted

    async def add_completion(self, completion: Completion) -> None:
        """Returns when it is durable. Of several with one id the first is kept."""

        def prepare() -> Callable[[Connection], Sequence[str]]:
            clean, kinds = redact_completion(completion)

            def write(connection: Connection) -> Sequence[str]:
                store_rows.insert_completion(connection, clean)
                return kinds

            return write

        self._redacted.update(await self._writer.submit(prepare, weight=_weight(completion)))

    async def add_events(
        self,
        events: Sequence[Event],
        *,
        copied: Sequence[CopiedCompletion] = (),
        person: str | None = None,
    ) -> EventsStored:
        """Returns when all of them are durable, and the copied completions that came with them from
        `person`; all are stored or none.

        What is known by its id changes nothing, so it is safe to send a batch again.
        """
        if not events and not copied:
            return EventsStored(stored=0, known=0)
        arrived = self._clock()

        def prepare() -> Callable[[Connection], tuple[int, Sequence[str]]]:
            redacted = [
                redact_completion(as_completion(each, at=arrived, person=person)) for each in copied
            ]
            found = [kind for _, kinds in redacted for kind in kinds]

            def write(connection: Connection) -> tuple[int, Sequence[str]]:
                for completion, _ in redacted:
                    store_rows.insert_completion(connection, completion)
                stored, kinds = _insert_redacted(connection, events, arrived)
                return stored, [*found, *kinds]

            return write

        weight = sum(map(_weight, (*events, *copied)))
        stored, kinds = await self._writer.submit(prepare, weight=weight)
        self._redacted.update(kinds)
        return EventsStored(stored=stored, known=len(events) - stored)

    async def events(self, *, after: int, limit: int, repository: RepositoryId | None) -> EventPage:
        """At most `limit` events that arrived after the one at cursor `after`, in order of arrival.

        Following `next_cursor` meets every event exactly once, whatever is added meanwhile.
        """
        return await self._read(
            lambda connection: store_rows.event_page(
                connection, after=after, limit=limit, repository=repository
            )
        )

    async def completions(self, *, ids: Sequence[CompletionId]) -> list[Completion]:
        """Those of `ids` that are stored, in the order asked for."""
        found = await self._read(lambda connection: store_rows.find_completions(connection, ids))
        return [found[each] for each in dict.fromkeys(ids) if each in found]

    async def repositories(self) -> list[RepositorySummary]:
        """Every repository that anything is known of, by id."""
        return await self._read(store_rows.summaries)

    async def forget(self, repository: RepositoryId) -> Forgotten:
        """Delete all that is known of `repository`, from the files too (see `database.sweep`).

        What a client reports about it later is taken in like any other event.
        """
        return await self._writer.submit(
            lambda: lambda connection: store_rows.delete_repository(connection, repository),
            weight=0,
            afterwards=lambda: sweep(self._engine),
        )

    async def close(self) -> None:
        """Finish what was submitted and let go of the database. Closing again does nothing."""
        self._closed = True
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        self._writer.close()
        self._readers.shutdown()
        self._engine.dispose()

    async def _read(self, query: Callable[[Connection], T]) -> T:
        if self._closed:
            raise StoreError("The experience store is closed.", "Start the gateway again.")

        def run() -> T:
            try:
                with self._engine.connect() as connection:
                    return query(connection)
            except Exception as error:
                raise store_error(self._engine.url, error) from error

        return await asyncio.get_running_loop().run_in_executor(self._readers, run)


def _insert_redacted(
    connection: Connection, events: Sequence[Event], arrived: int
) -> tuple[int, Sequence[str]]:
    """How many were new, and the kinds of the secrets that were replaced in them."""
    with_text = [each.completion for each in events if isinstance(each, Ignored | Replaced)]
    places = store_rows.find_places(connection, with_text)
    redacted = [redact_event(each, places.get(each.completion)) for each in events]
    stored = store_rows.insert_events(connection, [each for each, _ in redacted], arrived=arrived)
    return stored, [kind for _, kinds in redacted for kind in kinds]


def _weight(fact: Completion | CopiedCompletion | Event) -> int:
    """Characters that a fact keeps in memory while it waits, about."""
    match fact:
        case Completion():
            snippets = sum(len(snippet.text) for snippet in fact.snippets)
            return 2000 + len(fact.prefix) + len(fact.suffix) + len(fact.text) + snippets
        case CopiedCompletion():
            return 2000 + len(fact.prefix) + len(fact.suffix) + len(fact.text)
        case Ignored():
            return 500 + len(fact.typed)
        case Replaced():
            return 500 + len(fact.text)
        case _:
            return 500


def _milliseconds() -> int:
    return time.time_ns() // 1_000_000
