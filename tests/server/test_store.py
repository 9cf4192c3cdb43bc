import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from experience_facts import CLICK, FLASK, a_completion, an_accepted, an_ignored, new_id
from sqlalchemy import Connection, create_engine
from sqlalchemy.exc import DBAPIError

from understudy_protocol.errors import Busy, StoreError
from understudy_protocol.events import Event, EventPage, EventsStored
from understudy_protocol.experience import Forgotten, RepositorySummary
from understudy_server.database import open_database, writing
from understudy_server.store import Store, open_store
from understudy_server.store_writer import StoreWriter

pytest_plugins = ["databases"]


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Store]:
    store = open_store(url)
    try:
        yield store
    finally:
        await store.close()


async def everything(store: Store, *, limit: int = 1000) -> list[Event]:
    read: list[Event] = []
    page = EventPage((), 0)
    while True:
        page = await store.events(after=page.next_cursor, limit=limit, repository=None)
        if not page.events:
            return read
        read += [stored.event for stored in page.events]


async def test_a_batch_that_is_sent_again_is_known_and_stored_once(store_url: str):
    batch = [an_accepted() for _ in range(5)]
    async with opened(store_url) as store:
        assert await store.add_events(batch) == EventsStored(stored=5, known=0)
        assert await store.add_events([*batch, an_accepted()]) == EventsStored(stored=1, known=5)
        assert len(await everything(store)) == 6


async def test_an_event_that_is_twice_in_one_batch_is_stored_once(store_url: str):
    event = an_accepted()
    async with opened(store_url) as store:
        assert await store.add_events([event, event]) == EventsStored(stored=1, known=1)
        assert await everything(store) == [event]


async def test_an_empty_batch_is_nothing(store_url: str):
    async with opened(store_url) as store:
        assert await store.add_events([]) == EventsStored(stored=0, known=0)


async def test_of_several_facts_with_one_id_the_first_is_kept(store_url: str):
    event, completion = an_accepted(length=1), a_completion(text="first")
    async with opened(store_url) as store:
        await store.add_events([event])
        await store.add_events([an_accepted(id=event.id, length=2)])
        await store.add_completion(completion)
        await store.add_completion(a_completion(id=completion.id, text="second"))
        assert await everything(store) == [event]
        assert await store.completions(ids=[completion.id]) == [completion]


async def test_what_was_stored_is_there_after_reopening(store_url: str):
    event, completion = an_ignored("typed\0 \U0001f600 \u2028"), a_completion(prefix="\0é\r\n\t")
    async with opened(store_url) as store:
        await store.add_events([event])
        await store.add_completion(completion)
    async with opened(store_url) as store:
        assert await everything(store) == [event]
        assert await store.completions(ids=[completion.id]) == [completion]


async def test_events_come_in_order_of_arrival_whatever_the_clocks_say(store_url: str):
    clock = iter([3_000, 2_000, 1_000])
    batches = [[an_accepted(at=at), an_accepted(at=at - 1)] for at in (900, 500, 700)]
    store = Store(open_database(store_url, connections=5), clock=lambda: next(clock))
    for batch in batches:
        await store.add_events(batch)
    assert await everything(store) == [event for batch in batches for event in batch]
    [summary] = await store.repositories()
    assert (summary.first_at, summary.last_at) == (1_000, 3_000)
    await store.close()


async def test_pages_of_one_repository_hold_its_events_only(store_url: str):
    batch = [an_accepted(repository=(CLICK, FLASK)[number % 2]) for number in range(7)]
    async with opened(store_url) as store:
        await store.add_events(batch)
        first = await store.events(after=0, limit=2, repository=CLICK)
        second = await store.events(after=first.next_cursor, limit=2, repository=CLICK)
        third = await store.events(after=second.next_cursor, limit=2, repository=CLICK)
    assert [each.event for page in (first, second) for each in page.events] == batch[::2]
    assert third == EventPage((), second.next_cursor)


@pytest.mark.parametrize("after", [2**63 - 1, 2**64, -1])
async def test_a_cursor_of_any_size_gives_a_page(store_url: str, after: int):
    async with opened(store_url) as store:
        await store.add_events([an_accepted()])
        page = await store.events(after=after, limit=10, repository=None)
    assert len(page.events) == (1 if after < 0 else 0)


async def test_cursors_are_not_given_out_again_after_forgetting(store_url: str):
    async with opened(store_url) as store:
        await store.add_events([an_accepted(), an_accepted()])
        seen = await store.events(after=0, limit=10, repository=None)
        await store.forget(CLICK)
        late = an_accepted()
        await store.add_events([late])
        page = await store.events(after=seen.next_cursor, limit=10, repository=None)
    assert [each.event for each in page.events] == [late]


async def test_completions_come_in_the_order_asked_for(store_url: str):
    stored = [a_completion() for _ in range(3)]
    async with opened(store_url) as store:
        for completion in stored:
            await store.add_completion(completion)
        unknown = [a_completion().id for _ in range(1200)]
        ids = [stored[2].id, *unknown, stored[0].id, stored[2].id]
        assert await store.completions(ids=ids) == [stored[2], stored[0]]
        assert await store.completions(ids=[]) == []


async def test_repositories_are_summed_up(store_url: str):
    clock = iter([5_000, 6_000])
    store = Store(open_database(store_url, connections=5), clock=lambda: next(clock))
    await store.add_completion(a_completion(repository=FLASK, at=7_000))
    await store.add_events([an_accepted(repository=FLASK), an_accepted(repository=FLASK)])
    await store.add_events([an_accepted(repository=CLICK)])
    assert await store.repositories() == [
        RepositorySummary(id=CLICK, completions=0, events=1, first_at=6_000, last_at=6_000),
        RepositorySummary(id=FLASK, completions=1, events=2, first_at=5_000, last_at=7_000),
    ]
    await store.close()


async def test_forgetting_takes_one_repository_and_leaves_the_others(store_url: str):
    completion, other = a_completion(), a_completion(repository=FLASK)
    astray = an_accepted(completion=completion.id, repository=FLASK)
    kept = an_accepted(completion=other.id, repository=FLASK)
    async with opened(store_url) as store:
        await store.add_completion(completion)
        await store.add_completion(other)
        await store.add_events([an_accepted(), astray, kept])
        assert await store.forget(CLICK) == Forgotten(completions=1, events=2)
        assert await store.forget(CLICK) == Forgotten(completions=0, events=0)
        assert await everything(store) == [kept]
        assert await store.completions(ids=[completion.id, other.id]) == [other]
        assert [each.id for each in await store.repositories()] == [FLASK]


async def test_nothing_of_a_forgotten_repository_is_left_in_the_files(tmp_path: Path):
    file = tmp_path / "experience.db"
    mark = "a-mark-that-is-nowhere-else"
    async with opened(f"sqlite:///{file}") as store:
        completions = [a_completion(prefix=mark * 500) for _ in range(50)]
        await asyncio.gather(*map(store.add_completion, completions))
        await store.add_events([an_ignored(mark, completion=each.id) for each in completions])
        kept = an_accepted(repository=FLASK)
        await store.add_events([kept])
        assert mark.encode() in content(tmp_path)
        await store.forget(CLICK)
        for left in (mark, CLICK, completions[0].id):
            assert left.encode() not in content(tmp_path)
        assert file.stat().st_size < 100_000
        assert await everything(store) == [kept]


async def test_no_secret_reaches_the_files(tmp_path: Path):
    key, password = "AKIA" + "IOSFODNN7EXAMPLE", "correct-horse-9"
    completion = a_completion(prefix=f'AWS = "{key}"\npassword = "', text="")
    async with opened(f"sqlite:///{tmp_path / 'experience.db'}") as store:
        await store.add_completion(completion)
        await store.add_events([an_ignored(f'{password}"', completion=completion.id)])
        for secret in (key, password):
            assert secret.encode() not in content(tmp_path)
        assert store.redacted == {"AWS Access Key": 1, "Secret Keyword": 1}
        [event] = await everything(store)
        assert event.typed == '[redacted:Secret Keyword]"'  # pyright: ignore[reportAttributeAccessIssue]


def content(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.iterdir())


async def test_text_that_is_not_unicode_is_refused_and_the_rest_is_stored(store_url: str):
    good = an_accepted()
    async with opened(store_url) as store:
        results = await asyncio.gather(
            store.add_events([good]),
            store.add_events([an_accepted(), an_ignored("half \ud83d")]),
            store.add_completion(a_completion(prefix="half \ud83d")),
            return_exceptions=True,
        )
        assert [type(result) for result in results] == [EventsStored, StoreError, StoreError]
        assert await everything(store) == [good]


@pytest.mark.parametrize("table", ["completions", "events"])
async def test_the_database_itself_refuses_to_change_a_row(store_url: str, table: str):
    async with opened(store_url) as store:
        await store.add_completion(a_completion())
        await store.add_events([an_accepted()])
    engine = create_engine(store_url)
    with engine.connect() as connection, pytest.raises(DBAPIError, match="append-only"):
        connection.exec_driver_sql(f"UPDATE {table} SET body = 'x'")
    engine.dispose()


async def test_two_gateways_on_one_database_lose_and_double_nothing(store_url: str):
    shared = [an_accepted() for _ in range(100)]
    batches = [[shared[number], an_accepted(), an_accepted()] for number in range(100)]
    read: list[Event] = []
    async with opened(store_url) as one, opened(store_url) as two:

        async def follow() -> None:
            cursor = 0
            while len(read) < 300:
                page = await one.events(after=cursor, limit=7, repository=None)
                read.extend(each.event for each in page.events)
                cursor = page.next_cursor

        reading = asyncio.create_task(follow())
        answers = await asyncio.gather(
            *(store.add_events(batch) for batch in batches for store in (one, two))
        )
        await asyncio.wait_for(reading, 30)
        assert sum(answer.stored for answer in answers) == 300
        assert sum(answer.known for answer in answers) == 300
        assert await everything(two) == read
    assert {event.id for event in read} == {event.id for batch in batches for event in batch}


async def test_reading_goes_on_while_writing_waits_for_another_program(store_url: str):
    engine = open_database(store_url, connections=1)
    async with opened(store_url) as store:
        await store.add_events([an_accepted()])
        with writing(engine):
            waiting = asyncio.create_task(store.add_events([an_accepted()]))
            assert len(await everything(store)) == 1
            assert not waiting.done()
        assert await waiting == EventsStored(stored=1, known=0)
    engine.dispose()


async def test_more_than_may_wait_is_refused_at_once(tmp_path: Path):
    engine = open_database(f"sqlite:///{tmp_path / 'experience.db'}", connections=2)
    writer = StoreWriter(engine, max_waiting=10)
    with writing(engine):
        first = asyncio.create_task(writer.submit(lambda: lambda _: "first", weight=100))
        await asyncio.sleep(0)
        with pytest.raises(Busy):
            await writer.submit(lambda: lambda _: "second", weight=1)
    assert await first == "first"
    assert await writer.submit(lambda: lambda _: "third", weight=1) == "third"
    await asyncio.to_thread(writer.close)
    engine.dispose()


async def test_one_failing_write_does_not_take_others_with_it(tmp_path: Path):
    def fail(_: Connection) -> None:
        raise ValueError("of this one only")

    engine = open_database(f"sqlite:///{tmp_path / 'experience.db'}", connections=2)
    writer = StoreWriter(engine)
    with writing(engine):  # so that all of them come into one group
        work = [lambda _: 1, fail, lambda _: 3]
        answers = asyncio.gather(
            *(writer.submit(lambda each=each: each, weight=1) for each in work),
            return_exceptions=True,
        )
        await asyncio.sleep(0)
    first, second, third = await answers
    assert (first, third) == (1, 3)
    assert isinstance(second, StoreError)
    await asyncio.to_thread(writer.close)
    engine.dispose()


async def test_a_caller_who_goes_away_does_not_take_the_batch_back(store_url: str):
    event = an_accepted()
    engine = open_database(store_url, connections=1)
    async with opened(store_url) as store:
        with writing(engine):
            call = asyncio.create_task(store.add_events([event]))
            await asyncio.sleep(0)
            call.cancel()
        assert await store.add_events([event]) == EventsStored(stored=0, known=1)
    engine.dispose()


async def test_closing_finishes_what_was_submitted(store_url: str):
    store = open_store(store_url)
    calls = [asyncio.create_task(store.add_events([an_accepted()])) for _ in range(50)]
    await asyncio.sleep(0)
    await store.close()
    assert sum([(await call).stored for call in calls]) == 50
    await store.close()
    with pytest.raises(StoreError, match="closed"):
        await store.add_events([an_accepted(id=new_id())])
    with pytest.raises(StoreError, match="closed"):
        await store.repositories()
