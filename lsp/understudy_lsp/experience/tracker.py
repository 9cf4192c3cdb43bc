"""Follows every suggestion from the answer to the editor to its outcome, and tells it as events.

What happens to the life of a suggestion (`life.TABLE`; `waiting` is not yet seen, `missed` gone
before it was seen, `away` gone undecided):

            offered   seen   part   taken     rejected  left     expired    closed
waiting     waiting   seen   seen   accepted  rejected  missed   waiting    discarded
seen        seen      seen   seen   accepted  rejected  away     seen       ignored
missed      waiting   away   away   accepted  rejected  missed   discarded  discarded
away        seen      away   away   accepted  rejected  away     ignored    ignored

What the editor says may come in any order, late, twice, or for completions nobody knows. A
completion has one outcome: offered again afterwards (from a cache, or the rest of a block), nothing
is told but what is taken of it. Text that was typed to its end by hand is not accepted: it ends
ignored, and `typed` says that it was right. (Cody counts that as accepted, Copilot does not; a
suggestion that saved nobody a key should not earn anything.)
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

import msgspec

from understudy_lsp.experience import telling
from understudy_lsp.experience.aftermath import Aftermath
from understudy_lsp.experience.life import OUTCOMES, Input, Life, State, index_of, next_state
from understudy_lsp.experience.moment import Moment
from understudy_lsp.experience.progress import (
    Elsewhere,
    Left,
    Progress,
    Reached,
    Whole,
    by_hand,
    progress,
)
from understudy_lsp.experience.telling import About
from understudy_lsp.snapshot import Edit
from understudy_lsp.suggestion import Suggestion
from understudy_protocol.completion import CompletionId
from understudy_protocol.events import DiscardReason, Event
from understudy_protocol.repository import RepositoryId

SEEN_S = 0.025
"""Ghost text that is still the newest answer this long after it was returned has been drawn:
precision 0.99, recall 1.00 against VS Code's own word for it in 100 random episodes."""

RETURN_S = 10.0
"""A typo and a backspace bring the same suggestion back; after this long it is another view."""

MAX_AWAY = 32
"""Suggestions that may come back; about as many keys as are typed in the time they have."""

MAX_ENDED = 4096
"""Completions whose end is remembered, so that it is told once; hours of fast work."""

TYPED_LIMIT = 2000
"""Characters of what was typed past a suggestion; more is a paste."""

K = TypeVar("K")
V = TypeVar("V")


class Tracker:
    """Methods return the events to be told, and neither wait nor read a clock.

    What a client does not tell is inferred; what it told once it is trusted to tell always.
    """

    def __init__(
        self,
        text_of: Callable[[str], str | None],
        *,
        tells_shown: bool = False,
        tells_partial: bool = False,
    ) -> None:
        """`text_of` gives the text of an open document by its URI, or None."""
        self.tells_shown = tells_shown
        self.tells_partial = tells_partial
        self.tells_accepted = False
        self._text_of = text_of
        self._live: Life | None = None
        """The newest; an editor draws one at a time."""
        self._away: dict[CompletionId, Life] = {}
        self._expected: Life | None = None
        """Its command came before the edit that inserts it."""
        self._ended: dict[CompletionId, int] = {}
        """What was told to be taken of completions that have their outcome."""
        self._joined: dict[CompletionId, CompletionId] = {}
        """Completions whose text was there already, and the one that it was there from."""
        self._aftermath = Aftermath(text_of)

    def offered(
        self, suggestion: Suggestion, repository: RepositoryId, *, moment: Moment
    ) -> list[Event]:
        """`suggestion` is returned to the editor now, at an offset of the document as it is now."""
        events = self._advance(moment)
        document = self._text_of(suggestion.uri) or ""
        life = self._life(suggestion.completion)
        if life is None and (life := self._twin(suggestion, document)) is not None:
            events += self.discarded(
                About(suggestion.completion, repository, suggestion.source, suggestion.reuse),
                reason=DiscardReason.DUPLICATE,
                moment=moment,
            )
            completion = life.suggestion.completion
            _remember(self._joined, suggestion.completion, completion, limit=MAX_ENDED)
        if self._live is not None and self._live is not life:
            events += self._put_away(self._live, moment)
        if life is None:
            self._joined.pop(suggestion.completion, None)  # what it had joined has ended
            life = self._born(suggestion, repository, document)
        else:
            life.offer(suggestion, document)
        self._away.pop(life.suggestion.completion, None)
        self._live, life.waits_since = life, moment.now
        self._aftermath.back(life.suggestion.completion)
        return events + self._step(life, Input.OFFERED, moment)

    def discarded(
        self, about: About, *, reason: DiscardReason, detail: str = "", moment: Moment
    ) -> list[Event]:
        """The completion will not be shown; nothing if it was offered, or has ended."""
        known = self._life(about.completion) is not None or about.completion in self._ended
        if known:
            return self._advance(moment)
        _remember(self._ended, about.completion, 0, limit=MAX_ENDED)
        told = telling.discarded(about, reason, detail=detail, moment=moment)
        return [*self._advance(moment), told]

    def edited(self, uri: str, edits: Sequence[Edit], *, moment: Moment) -> list[Event]:
        """The document was changed by `edits`, each in the text before it."""
        events = self._advance(moment)
        if edits:
            self._aftermath.edited(uri, edits)
            expected, live = self._expected, self._live
            if expected is not None and expected.suggestion.uri == uri:
                self._expected = None
                match self._progress(expected, edits):
                    case Whole(inserted):
                        self._aftermath.taken(expected, inserted, moment)
                    case Reached(index) if index == len(expected.text):
                        self._aftermath.taken(expected, expected.text, moment)
                    case _:
                        pass
            if live is not None and live.suggestion.uri == uri and live.intact:
                events += self._moved_on(live, self._progress(live, edits), moment)
        return events

    def cursor(self, uri: str, offset: int, *, moment: Moment) -> list[Event]:
        """A cursor was seen at `offset` of the document as it is now."""
        events = self._advance(moment)
        life = self._live
        if life is not None and (life.suggestion.uri, life.cursor) != (uri, offset):
            events += self._leave(life, moment)
        return events

    def shown(self, completion: CompletionId, *, moment: Moment) -> list[Event]:
        """The client drew it."""
        self.tells_shown = True
        return self._input(completion, Input.SEEN, moment)

    def rejected(self, completion: CompletionId, *, moment: Moment) -> list[Event]:
        """The person dismissed it."""
        return self._input(completion, Input.REJECTED, moment)

    def accepted(self, completion: CompletionId, *, moment: Moment) -> list[Event]:
        """The item's command ran, before or after the edit that inserts the text."""
        self.tells_accepted = True
        events = self._advance(moment)
        life = self._life(completion)
        return events if life is None else events + self._take(life, life.text, moment)

    def partially_accepted(
        self, completion: CompletionId, length: int, *, moment: Moment
    ) -> list[Event]:
        """`length` UTF-16 units, from the beginning of the item that was offered last, are taken in
        all; before or after the edit that inserts them."""
        self.tells_partial = True
        events = self._advance(moment)
        life = self._life(completion)
        if life is None:
            return events
        index = life.offered_done + index_of(life.text[life.offered_done :], length)
        if index == len(life.text):
            return events + self._take(life, life.text, moment)
        return events + self._take_part(life, index, moment)

    def opened(self, uri: str) -> None:
        self._aftermath.opened(uri)

    def closed(self, uri: str, *, on_disk: str | None, moment: Moment) -> list[Event]:
        """`on_disk` is the text of the file; without it nothing more is told of what was taken or
        written there."""
        events = self._advance(moment)
        for life in self._lives():
            if life.suggestion.uri == uri:
                events += self._close(life, moment)
        self._aftermath.closed(uri, on_disk)
        return events

    def renamed(self, old: str, new: str) -> None:
        for life in self._lives():
            if life.suggestion.uri == old:
                life.suggestion = msgspec.structs.replace(life.suggestion, uri=new)
        self._aftermath.renamed(old, new)

    def committed(self, repository: RepositoryId, *, moment: Moment) -> list[Event]:
        """A commit was made."""
        return self._advance(moment) + self._aftermath.committed(repository, moment)

    def tick(self, *, moment: Moment) -> list[Event]:
        """To be called about once a second."""
        return self._advance(moment) + self._aftermath.due(moment)

    def finish(self, *, moment: Moment) -> list[Event]:
        """Every life ends; what is not due yet is never told."""
        events = self._advance(moment)
        for life in self._lives():
            events += self._close(life, moment)
        return events

    def _advance(self, moment: Moment) -> list[Event]:
        """What has happened by the passing of time alone."""
        events: list[Event] = []
        live = self._live
        if live is not None and live.waits_since is not None and not self.tells_shown:
            drawn = live.waits_since + SEEN_S
            if live.state is State.WAITING and moment.now >= drawn:
                events += self._step(live, Input.SEEN, Moment(now=drawn, at=moment.at))
        gone = [life for life in self._lives() if life.state in (State.MISSED, State.AWAY)]
        for life in gone:
            if moment.now - life.left_at >= RETURN_S:
                events += self._step(life, Input.EXPIRED, moment)
        return events

    def _input(self, completion: CompletionId, input_: Input, moment: Moment) -> list[Event]:
        events = self._advance(moment)
        life = self._life(completion)
        return events if life is None else events + self._step(life, input_, moment)

    def _moved_on(self, life: Life, progressed: Progress, moment: Moment) -> list[Event]:
        """The document of the newest suggestion was edited."""
        life.waits_since = None
        gone = life.state in (State.MISSED, State.AWAY)
        match progressed:
            case Elsewhere(shift):
                life.start += shift
                return []
            case Whole(inserted):
                typed = by_hand(life.text, life.done, len(life.text))
                life.reach(len(life.text), by_hand=typed)
                if not typed and not self.tells_accepted:
                    return self._take(life, inserted, moment)
                return self._leave(life, moment)
            case Reached(index):
                unseen = life.state is not State.SEEN
                typed = unseen or by_hand(life.text, life.done, index)
                back = self._step(life, Input.OFFERED, moment) if gone else []
                life.reach(index, by_hand=typed)
                if index == len(life.text):
                    return back + self._leave(life, moment)
                if index > life.taken_to and not typed and not self.tells_partial:
                    return back + self._take_part(life, index, moment)
                return back
            case Left(typed):
                life.intact = False
                return self._leave(life, moment, typed=typed)

    def _leave(self, life: Life, moment: Moment, *, typed: str | None = None) -> list[Event]:
        """It is gone from the screen; `typed` is what stands in its place, if that is not a part of
        itself."""
        if life.state in (State.WAITING, State.SEEN):
            stands = life.text[: life.done] if typed is None else typed
            life.typed = stands[life.taken_to :][:TYPED_LIMIT]
            life.left_at = moment.now
            if life.state is State.SEEN and not life.encore:
                self._aftermath.left(life, stands, moment)
        return self._step(life, Input.LEFT, moment)

    def _put_away(self, life: Life, moment: Moment) -> list[Event]:
        """Another suggestion takes its place."""
        events = self._leave(life, moment)
        self._live = None
        self._away[life.suggestion.completion] = life
        if len(self._away) > MAX_AWAY:
            oldest = next(iter(self._away.values()))
            events += self._step(oldest, Input.EXPIRED, moment)
        return events

    def _take(self, life: Life, inserted: str, moment: Moment) -> list[Event]:
        stands = life.done == len(life.text)
        life.take(len(life.text))
        events = self._step(life, Input.TAKEN, moment)
        if stands:
            self._aftermath.taken(life, inserted, moment)
        else:
            self._expected = life
        return events

    def _take_part(self, life: Life, index: int, moment: Moment) -> list[Event]:
        life.take(index)
        if life.length <= life.told:
            return []
        life.told = life.length
        self._aftermath.taken(life, life.text[:index], moment)
        return [*self._step(life, Input.PART, moment), telling.taken(life, moment)]

    def _close(self, life: Life, moment: Moment) -> list[Event]:
        return self._leave(life, moment) + self._step(life, Input.CLOSED, moment)

    def _step(self, life: Life, input_: Input, moment: Moment) -> list[Event]:
        before = life.state
        life.enter(next_state(before, input_), moment.now)
        if life.state not in OUTCOMES:
            return []
        completion = life.suggestion.completion
        if self._live is life:
            self._live = None
        self._away.pop(completion, None)
        _remember(self._ended, completion, life.length, limit=MAX_ENDED)
        if life.state is State.ACCEPTED:
            self._aftermath.back(completion)
        if life.encore:
            return [telling.taken(life, moment)] if life.length > life.told else []
        if life.state is State.REJECTED and before in (State.WAITING, State.SEEN):
            self._aftermath.left(life, life.text[: life.done], moment)
        drawn = [] if life.state is State.DISCARDED else [telling.shown(life, moment)]
        return [*drawn, telling.outcome(life, moment)]

    def _born(self, suggestion: Suggestion, repository: RepositoryId, document: str) -> Life:
        told = self._ended.get(suggestion.completion)
        return Life(
            suggestion=suggestion,
            repository=repository,
            document=document,
            start=suggestion.offset,
            text=suggestion.text,
            encore=told is not None,
            taken_before=told or 0,
            told=told or 0,
        )

    def _twin(self, suggestion: Suggestion, document: str) -> Life | None:
        """A life with the same whole text at the same place, of another completion."""
        for life in self._lives():
            typed = document[life.start : suggestion.offset]
            same_place = life.suggestion.uri == suggestion.uri and life.start <= suggestion.offset
            if same_place and typed + suggestion.text == life.text:
                return life
        return None

    def _progress(self, life: Life, edits: Sequence[Edit]) -> Progress:
        before, uri = life.document, life.suggestion.uri
        life.document = self._text_of(uri) or ""
        return progress(
            before,
            life.document,
            edits,
            start=life.start,
            text=life.text,
            done=life.done,
            replaces=life.suggestion.replaces,
        )

    def _life(self, completion: CompletionId) -> Life | None:
        completion = self._joined.get(completion, completion)
        live = self._live
        if live is not None and live.suggestion.completion == completion:
            return live
        return self._away.get(completion)

    def _lives(self) -> list[Life]:
        return [*self._away.values(), *([self._live] if self._live is not None else [])]


def _remember(known: dict[K, V], key: K, value: V, *, limit: int) -> None:
    known.pop(key, None)
    known[key] = value
    if len(known) > limit:
        del known[next(iter(known))]
