"""The tracker under every input in any order, with what must hold of all that it tells."""

from collections import Counter, defaultdict

from edited_document import CLICK, FILE, Editing, completion_id
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from understudy_lsp.experience.life import units
from understudy_lsp.experience.telling import About
from understudy_protocol.completion import CompletionId
from understudy_protocol.events import (
    Accepted,
    Discarded,
    DiscardReason,
    Ignored,
    Kept,
    PartiallyAccepted,
    Rejected,
    Shown,
)

OUTCOMES = (Accepted, Rejected, Ignored, Discarded)
OTHER = "file:///project/other.py"
TEXTS = ["foo(bar)", "foo", "foo(bar)\n    baz", "x = 1", "é😀 done", "()", "\n    y"]

numbers = st.integers(0, 7)
uris = st.sampled_from([FILE, OTHER])
texts = st.sampled_from(TEXTS)


class AnyOrder(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.editing = Editing("a = 1\n")
        self.editing.texts[OTHER] = ""
        self.offered: set[CompletionId] = set()
        self.longest = Counter[CompletionId]()
        """All that could be taken of a completion."""

    @rule(number=numbers, text=texts, uri=uris, back=st.integers(0, 3), replaces=st.integers(0, 2))
    def offer(self, number: int, text: str, uri: str, back: int, replaces: int) -> None:
        if uri not in self.editing.texts:
            return
        length = len(self.editing.texts[uri])
        at = max(0, length - back)
        self.editing.offer(number, text, at=at, uri=uri, replaces=min(replaces, length - at))
        self.offered.add(completion_id(number))
        self.longest[completion_id(number)] += units(text) + 20

    @rule(uri=uris, inserted=texts | st.text("fo(x", max_size=3), data=st.data())
    def edit(self, uri: str, inserted: str, data: st.DataObject) -> None:
        if uri in self.editing.texts:
            length = len(self.editing.texts[uri])
            at = data.draw(st.integers(max(0, length - 4), length) | st.integers(0, length))
            removes = data.draw(st.integers(0, min(3, length - at)))
            self.editing.edit(inserted, at=at, removes=removes, uri=uri)

    @rule(data=st.data(), whole=st.booleans())
    def insert_what_is_suggested(self, data: st.DataObject, whole: bool) -> None:
        live = self.editing.tracker._live  # pyright: ignore[reportPrivateUsage]
        if live is not None and live.suggestion.uri in self.editing.texts:
            rest = live.text[live.done :]
            size = len(rest) if whole else data.draw(st.integers(0, len(rest)))
            if live.cursor <= len(self.editing.texts[live.suggestion.uri]):
                self.editing.edit(rest[:size], at=live.cursor, uri=live.suggestion.uri)

    @rule(number=numbers, what=st.sampled_from(["draw", "accept", "reject"]))
    def client_tells(self, number: int, what: str) -> None:
        getattr(self.editing, what)(number)

    @rule(number=numbers, length=st.integers(0, 30))
    def take(self, number: int, length: int) -> None:
        self.editing.take(number, length)

    @rule(uri=uris, offset=st.integers(0, 10))
    def move(self, uri: str, offset: int) -> None:
        self.editing.move(offset, uri)

    @rule(number=numbers)
    def discard(self, number: int) -> None:
        about = About(completion_id(number), CLICK)
        moment = self.editing.moment
        told = self.editing.tracker.discarded(about, reason=DiscardReason.FILTER, moment=moment)
        self.editing.say(told)
        self.offered.add(completion_id(number))

    @rule(seconds=st.sampled_from([0.0, 0.01, 0.03, 1.0, 11.0, 31.0, 700.0, -5.0]))
    def wait(self, seconds: float) -> None:
        self.editing.wait(seconds)

    @rule(uri=uris, on_disk=st.none() | texts)
    def close(self, uri: str, on_disk: str | None) -> None:
        self.editing.close(uri, on_disk)

    @rule(uri=uris, text=texts)
    def open(self, uri: str, text: str) -> None:
        if uri not in self.editing.texts:
            self.editing.texts[uri] = text
            self.editing.tracker.opened(uri)

    @rule()
    def commit(self) -> None:
        moment = self.editing.moment
        self.editing.say(self.editing.tracker.committed(CLICK, moment=moment))

    @invariant()
    def what_was_told_holds_together(self) -> None:
        seen, outcomes = Counter[str](), Counter[str]()
        lengths: dict[str, list[int]] = defaultdict(list)
        for event in self.editing.told:
            assert event.at >= 0
            match event:
                case Shown():
                    seen[event.completion] += 1
                    assert outcomes[event.completion] == 0
                case Accepted() | PartiallyAccepted():
                    lengths[event.completion].append(event.length)
                    assert event.length <= self.longest[event.completion]
                case Kept():
                    assert 0 <= event.length <= event.accepted_length
                case _:
                    pass
            if isinstance(event, OUTCOMES):
                outcomes[event.completion] += 1
                assert seen[event.completion] == (0 if isinstance(event, Discarded) else 1)
        assert all(count == 1 for count in [*seen.values(), *outcomes.values()])
        assert all(told == sorted(told) for told in lengths.values())

    def teardown(self) -> None:
        self.editing.finish()
        self.what_was_told_holds_together()
        ended = {event.completion for event in self.editing.told if isinstance(event, OUTCOMES)}
        assert ended == self.offered
        ids = Counter(event.id for event in self.editing.told)
        # Only what is taken again after everything was told of it: the gateway keeps the first.
        again = {type(event) for event in self.editing.told if ids[event.id] > 1}
        assert again <= {Kept}


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=150, stateful_step_count=40)
