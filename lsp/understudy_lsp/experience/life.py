"""The life of one suggestion: where it stands, as a table, and how much of it was taken.

A life begins when a suggestion is returned to the editor and ends in exactly one outcome. What is
cut from one completion and drawn at one place (typed along, grown, drawn anew) is one life.
"""

from dataclasses import dataclass, field
from enum import StrEnum

import msgspec

from understudy_lsp.suggestion import Suggestion
from understudy_protocol.repository import RepositoryId


class State(StrEnum):
    WAITING = "waiting"
    """Returned to the editor; nobody can have read it yet."""
    SEEN = "seen"
    """On the screen."""
    MISSED = "missed"
    """Gone before it was seen; it may come back."""
    AWAY = "away"
    """Gone from the screen undecided; it may come back."""
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    IGNORED = "ignored"
    DISCARDED = "discarded"


class Input(StrEnum):
    OFFERED = "offered"
    """It is returned to the editor, or what went away stands there again."""
    SEEN = "seen"
    """It was drawn: the editor says so, or it has stood long enough."""
    PART = "part"
    """A word or a line of it was taken."""
    TAKEN = "taken"
    REJECTED = "rejected"
    LEFT = "left"
    """Typed past, superseded, or the cursor went elsewhere."""
    EXPIRED = "expired"
    """It has been gone for too long to come back."""
    CLOSED = "closed"
    """Its document was closed, or the language server ends."""


TABLE = """
            offered   seen   part   taken     rejected  left     expired    closed
waiting     waiting   seen   seen   accepted  rejected  missed   waiting    discarded
seen        seen      seen   seen   accepted  rejected  away     seen       ignored
missed      waiting   away   away   accepted  rejected  missed   discarded  discarded
away        seen      away   away   accepted  rejected  away     ignored    ignored
"""
"""State and input → the state that follows. The other four states are outcomes and never left."""


def read_table(table: str) -> dict[tuple[State, Input], State]:
    inputs, *rows = [line.split() for line in table.strip().splitlines()]
    return {
        (State(state), Input(name)): State(following)
        for state, *row in rows
        for name, following in zip(inputs, row, strict=True)
    }


TRANSITIONS = read_table(TABLE)

OUTCOMES = frozenset({State.ACCEPTED, State.REJECTED, State.IGNORED, State.DISCARDED})


def next_state(state: State, input_: Input) -> State:
    return TRANSITIONS.get((state, input_), state)


@dataclass(eq=False)
class Life:
    """Offsets are code points of `document`; indices are code points of `text`."""

    suggestion: Suggestion
    """As it was offered last."""
    repository: RepositoryId
    document: str
    """The document's whole text, as far as it was followed."""
    start: int
    """Where `text` begins in the document."""
    text: str
    """All of the suggestion, what was typed of it by hand included."""
    done: int = 0
    """Up to this index the text stands in the document."""
    offered_done: int = 0
    """`done` when it was offered last: where the item in the editor begins."""
    state: State = State.WAITING
    encore: bool = False
    """The completion has had its outcome already; nothing but what is taken of it is told."""
    intact: bool = True
    """The document from `start` on is still the beginning of `text`."""
    waits_since: float | None = None
    """When it was returned; None once the document or the cursor has moved on before it was
    seen."""
    seen_since: float | None = None
    seen_s: float = 0.0
    """How long it was on the screen before `seen_since`."""
    left_at: float = 0.0
    typed: str = ""
    """What stood in its place when it went away, without what was taken."""
    taken_from: int | None = None
    """Index of the first character that was taken, not typed."""
    taken_to: int = 0
    hand: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    """Ranges of `text` that were typed by hand, in order."""
    taken_before: int = 0
    """UTF-16 units taken in earlier lives of the completion or of a text that it grew from."""
    told: int = 0
    """The largest length that was told in an event."""

    @property
    def cursor(self) -> int:
        return self.start + self.done

    def enter(self, state: State, now: float) -> None:
        before, self.state = self.state, state
        if state is State.SEEN:
            if before is not State.SEEN:
                self.seen_since = now
        elif self.seen_since is not None:
            self.seen_s += max(0.0, now - self.seen_since)
            self.seen_since = None

    def offer(self, suggestion: Suggestion, document: str) -> None:
        """The same completion is returned again: typed along, grown, or somewhere else."""
        typed = document[self.start : suggestion.offset]
        fits = self.start <= suggestion.offset and self.text.startswith(typed)
        if not fits:
            self.taken_before, self.start = self.told, suggestion.offset
            self.taken_from, self.taken_to, self.done, typed = None, 0, 0, ""
            self.hand.clear()
        # Another completion with the same text joins this one and gives it nothing of its own.
        # And whether it was worth showing was decided once.
        own = self.suggestion
        self.suggestion = msgspec.structs.replace(
            suggestion,
            completion=own.completion,
            source=own.source,
            features=own.features,
            propensity=own.propensity,
        )
        self.document, self.text = document, typed + suggestion.text
        self.reach(len(typed))
        self.offered_done, self.intact = self.done, True

    def reach(self, index: int, *, by_hand: bool = True) -> None:
        """The text now stands in the document up to `index`."""
        if index < self.done:
            self.hand = [(low, min(high, index)) for low, high in self.hand if low < index]
        elif by_hand and index > max(self.done, self.taken_to):
            self.hand.append((max(self.done, self.taken_to), index))
        self.done = index

    def take(self, index: int) -> None:
        """All of the text up to `index` is taken, but for what was typed by hand."""
        if self.hand and self.hand[-1][1] == index:
            self.hand.pop()  # the last step looked typed because it was short
        if self.taken_from is None:
            self.taken_from = min(self.hand[-1][1] if self.hand else self.offered_done, index)
        self.taken_to = max(self.taken_to, index)

    @property
    def length(self) -> int:
        """UTF-16 units that were taken so far; never falls."""
        if self.taken_from is None:
            return self.told
        by_hand = sum(
            units(self.text[low:high]) for low, high in self.hand if high <= self.taken_to
        )
        return max(self.told, self.taken_before + units(self.text[: self.taken_to]) - by_hand)


def units(text: str) -> int:
    """The length of `text` in UTF-16 code units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def index_of(text: str, length: int) -> int:
    """The index of `text` at which `length` UTF-16 code units end."""
    if text.isascii():
        return min(length, len(text))
    encoded = text.encode("utf-16-le", "surrogatepass")[: 2 * length]
    return len(encoded.decode("utf-16-le", "ignore"))
