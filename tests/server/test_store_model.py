"""The store against a model of it in plain Python, under random sequences of calls."""

import asyncio

from experience_facts import CLICK, FLASK, a_completion, an_accepted
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from understudy_protocol.completion import Completion
from understudy_protocol.events import Event, EventsStored
from understudy_protocol.experience import Forgotten
from understudy_protocol.repository import RepositoryId
from understudy_server.store import open_store

pytest_plugins = ["databases"]

REPOSITORIES = st.sampled_from([CLICK, FLASK])

COMPLETIONS = [a_completion(repository=(CLICK, FLASK)[number % 2]) for number in range(4)]

# Few, so that a batch often holds what is known already; some are of the other's repository.
EVENTS = [
    an_accepted(
        repository=(CLICK, FLASK)[number % 2], completion=COMPLETIONS[number % 3].id, at=number
    )
    for number in range(12)
]


class Model(RuleBasedStateMachine):
    """What the store should hold, beside the store."""

    url: str

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.store = open_store(self.url)
        for repository in (CLICK, FLASK):
            self.runner.run(self.store.forget(repository))
        self.events: list[Event] = []
        self.completions: dict[str, Completion] = {}
        self.cursors: dict[RepositoryId | None, int] = {}
        self.unread: dict[RepositoryId | None, list[Event]] = {None: [], CLICK: [], FLASK: []}

    @rule(batches=st.lists(st.lists(st.sampled_from(EVENTS), max_size=6), max_size=4))
    def add_events_at_once(self, batches: list[list[Event]]) -> None:
        async def add() -> list[EventsStored]:
            return await asyncio.gather(*map(self.store.add_events, batches))

        for batch, answer in zip(batches, self.runner.run(add()), strict=True):
            stored = 0
            for event in batch:
                if event not in self.events:
                    self.events.append(event)
                    self.unread[None].append(event)
                    self.unread[event.repository].append(event)
                    stored += 1
            assert answer == EventsStored(stored=stored, known=len(batch) - stored)

    @rule(completion=st.sampled_from(COMPLETIONS))
    def add_completion(self, completion: Completion) -> None:
        self.runner.run(self.store.add_completion(completion))
        self.completions[completion.id] = completion

    @rule(repository=REPOSITORIES)
    def forget(self, repository: RepositoryId) -> None:
        completions = [each for each in self.completions.values() if each.repository == repository]
        its_ids = {each.id for each in completions}
        kept = [
            event
            for event in self.events
            if event.repository != repository and event.completion not in its_ids
        ]
        answer = self.runner.run(self.store.forget(repository))
        gone = len(self.events) - len(kept)
        assert answer == Forgotten(completions=len(completions), events=gone)
        self.events = kept
        for reader, unread in self.unread.items():
            self.unread[reader] = [event for event in unread if event in kept]
        for completion in completions:
            del self.completions[completion.id]

    @rule()
    def reopen(self) -> None:
        self.runner.run(self.store.close())
        self.store = open_store(self.url)

    @rule(repository=st.none() | REPOSITORIES, limit=st.integers(1, 5))
    def read_on(self, repository: RepositoryId | None, limit: int) -> None:
        """A reader who comes now and then gets what arrived since, once, in order of arrival."""
        cursor = self.cursors.get(repository, 0)
        page = self.runner.run(self.store.events(after=cursor, limit=limit, repository=repository))
        unread = self.unread[repository]
        assert [each.event for each in page.events] == unread[:limit]
        del unread[:limit]
        assert page.next_cursor == (page.events[-1].cursor if page.events else cursor)
        self.cursors[repository] = page.next_cursor

    @invariant()
    def all_pages_together_are_the_log(self) -> None:
        for repository in (None, CLICK, FLASK):
            expected = [each for each in self.events if repository in (None, each.repository)]
            assert self.runner.run(self.follow(repository)) == expected

    async def follow(self, repository: RepositoryId | None) -> list[Event]:
        read: list[Event] = []
        cursor = 0
        while True:
            page = await self.store.events(after=cursor, limit=3, repository=repository)
            if not page.events:
                return read
            read += [each.event for each in page.events]
            cursor = page.next_cursor

    @precondition(lambda self: self.completions)
    @invariant()
    def completions_are_found(self) -> None:
        found = self.runner.run(self.store.completions(ids=[each.id for each in COMPLETIONS]))
        assert found == [each for each in COMPLETIONS if each.id in self.completions]

    @invariant()
    def the_summary_counts_what_is_held(self) -> None:
        summaries = self.runner.run(self.store.repositories())
        held = [*self.events, *self.completions.values()]
        assert [each.id for each in summaries] == sorted({each.repository for each in held})
        for each in summaries:
            assert each.events == sum(event.repository == each.id for event in self.events)
            assert each.first_at <= each.last_at

    def teardown(self) -> None:
        self.runner.run(self.store.close())
        self.runner.close()


def test_the_store_behaves_like_its_model(store_url: str):
    class OnThisDatabase(Model):
        url = store_url

    run_state_machine_as_test(
        OnThisDatabase, settings=settings(max_examples=12, stateful_step_count=12, deadline=None)
    )
