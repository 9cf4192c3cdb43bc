"""Answers found again by the exact text on both sides of the cursor.

Typing along, accepting a part, going on after what was shown, coming back after a typing error: in
each case an earlier answer's place lies a little before the cursor, and what stands between them is
the beginning of its text. So a search takes the answers with the same text behind, and looks for
their places right before the cursor. The idea is Copilot's and Cody's; Cody compared less of the
text, and showed what no longer fitted (its issues 298 and 969).
"""

from collections import deque
from collections.abc import Callable, Iterator

import msgspec

from understudy_lsp.reuse.answer import Answer
from understudy_lsp.reuse.place import BEFORE, Place, behind, left_of, place_of
from understudy_lsp.snapshot import Snapshot
from understudy_lsp.suggestion import Suggestion
from understudy_protocol.completion import CompletionId, Mode
from understudy_protocol.events import Reuse

ANSWERS = 200
"""More than are asked for in `MAX_AGE_S`; peers keep 100 (Copilot, Tabby) to 1,000 (Continue)."""

CHARACTERS = 2_000_000
"""Of all answers with their places: 2 MB in most languages, 8 MB at worst."""

MAX_AGE_S = 300.0
"""What else the model saw, and which release answers, may have changed since; Tabby's figure."""

REJECTED = 50
"""Completions to remember as rejected: more than can be running or being put away at a time."""

_ANCHOR = 200
"""Characters right before a place by which it is looked for, before all of them are compared."""

_TRIES = 8
"""Places to look at for one answer: more are there only where a text repeats itself for pages."""


class Hit(msgspec.Struct, frozen=True):
    answer: Answer
    text: str
    """All that is left of the answer. Empty: it is known that nothing belongs here."""
    replaces: int
    reuse: Reuse


class SuggestionCache:
    def __init__(self) -> None:
        self._answers: dict[Place, Answer] = {}  # the oldest first
        self._characters = 0
        self._live: dict[str, _Live] = {}
        self._rejected: deque[CompletionId] = deque(maxlen=REJECTED)

    def find(self, snapshot: Snapshot, *, mode: Mode, now: float) -> Hit | None:
        """The best answer for this cursor: the one that the person is reading, else the one whose
        place is nearest."""
        live = self._live.get(snapshot.uri)
        hit = live and _hit(live.answer, snapshot, start=live.start, mode=mode, now=now)
        if hit is None or not hit.text:
            hit = self._nearest(snapshot, mode=mode, now=now)
        if hit is not None and live is not None and hit.answer.completion == live.answer.completion:
            return msgspec.structs.replace(hit, reuse=live.reuse_at(snapshot.offset))
        return hit

    def put(self, answer: Answer) -> None:
        """Keep an answer; of one that was broken off, its whole lines."""
        if not answer.complete:
            answer = msgspec.structs.replace(answer, text=answer.text.rpartition("\n")[0])
        if not answer.complete and not answer.text:
            return
        self._keep(answer)

    def offered(
        self, snapshot: Snapshot, suggestion: Suggestion, *, whole: str, complete: bool, now: float
    ) -> None:
        """The suggestion went to the editor; call it again when it has grown.

        `whole` is all that is known to follow at the cursor. Where a filter has changed the text,
        so that `whole` does not begin with it, only the text itself is kept.
        """
        if not complete:
            whole = max(suggestion.text, whole.rpartition("\n")[0], key=len)
        start, answer = self._continued(snapshot, suggestion, whole=whole) or (
            snapshot.offset,
            _answer(
                snapshot, suggestion, whole=whole, at=self._first_known(suggestion.completion, now)
            ),
        )
        complete = complete and answer.text.endswith(whole)
        answer = msgspec.structs.replace(answer, complete=complete)
        self._live[snapshot.uri] = _Live(answer, start, snapshot.offset, suggestion)
        self._keep(answer)

    def drop(self, completion: CompletionId) -> None:
        """Forget a completion that was rejected: it must not come back by itself, not even when
        the rest of its stream arrives."""
        self._rejected.append(completion)
        self._forget(lambda answer: answer.completion == completion)

    def closed(self, uri: str) -> None:
        self._forget(lambda answer: answer.place.uri == uri)

    def _nearest(self, snapshot: Snapshot, *, mode: Mode, now: float) -> Hit | None:
        """Rather text than the knowledge that there is none; then the nearest, then the newest."""
        after = behind(snapshot)[1]
        hits = [
            (bool(hit.text), start, answer.at, hit)
            for answer in self._answers.values()
            if answer.place.after == after
            for start in _starts(answer, snapshot)
            if (hit := _hit(answer, snapshot, start=start, mode=mode, now=now))
        ]
        return max(hits, key=lambda found: found[:3])[3] if hits else None

    def _continued(
        self, snapshot: Snapshot, suggestion: Suggestion, *, whole: str
    ) -> tuple[int, Answer] | None:
        """The live answer, which the suggestion goes on with, and where its place is."""
        live = self._live.get(snapshot.uri)
        if live is None or live.answer.completion != suggestion.completion:
            return None
        answer = live.answer
        left = left_of(
            answer.text, answer.place, snapshot, start=live.start, replaces=answer.replaces
        )
        if left is None or left.replaces != suggestion.replaces:
            return None
        if not whole.startswith(left.text) or not whole.startswith(suggestion.text):
            return None
        text = answer.text.removesuffix(left.text) + whole
        return live.start, msgspec.structs.replace(answer, text=text)

    def _first_known(self, completion: CompletionId, now: float) -> float:
        """When the completion was first known: an answer does not get younger by being shown."""
        known = (answer.at for answer in self._answers.values() if answer.completion == completion)
        return min(known, default=now)

    def _keep(self, answer: Answer) -> None:
        if answer.completion in self._rejected:
            return
        self._remove(answer.place)
        self._answers[answer.place] = answer
        self._characters += _size(answer)
        while len(self._answers) > ANSWERS or self._characters > CHARACTERS:
            self._remove(next(iter(self._answers)))

    def _remove(self, place: Place) -> None:
        answer = self._answers.pop(place, None)
        if answer is not None:
            self._characters -= _size(answer)

    def _forget(self, unwanted: Callable[[Answer], bool]) -> None:
        for answer in [answer for answer in self._answers.values() if unwanted(answer)]:
            self._remove(answer.place)
        self._live = {u: live for u, live in self._live.items() if not unwanted(live.answer)}


class _Live(msgspec.Struct, frozen=True):
    """What a document's editor was offered last."""

    answer: Answer
    start: int
    """Where the answer's place is."""
    offset: int
    """Where the cursor was."""
    suggestion: Suggestion

    def reuse_at(self, offset: int) -> Reuse:
        if offset == self.offset:
            return self.suggestion.reuse
        return Reuse.TYPED if offset < self.offset + len(self.suggestion.text) else Reuse.REST


def _answer(snapshot: Snapshot, suggestion: Suggestion, *, whole: str, at: float) -> Answer:
    return Answer(
        place=place_of(snapshot),
        completion=suggestion.completion,
        text=whole if whole.startswith(suggestion.text) else suggestion.text,
        replaces=suggestion.replaces,
        mode=suggestion.mode,
        complete=False,
        at=at,
        source=suggestion.source,
        reuse=suggestion.reuse,
        likelihood=suggestion.likelihood,
    )


def _hit(answer: Answer, snapshot: Snapshot, *, start: int, mode: Mode, now: float) -> Hit | None:
    if now - answer.at > MAX_AGE_S:
        return None
    left = left_of(answer.text, answer.place, snapshot, start=start, replaces=answer.replaces)
    if left is None:
        return None
    reuse = Reuse.AHEAD if answer.reuse is Reuse.AHEAD else Reuse.CACHE
    if left.text.strip():
        return Hit(answer, left.text, left.replaces, reuse)
    ends_here = answer.complete and (mode is Mode.LINE or answer.mode is Mode.BLOCK)
    return Hit(answer, "", 0, reuse) if ends_here else None


def _starts(answer: Answer, snapshot: Snapshot) -> Iterator[int]:
    """Where the answer's place may be: so near that what follows can be the answer's text."""
    if len(answer.place.before) < BEFORE:
        yield len(answer.place.before)
        return
    anchor = answer.place.before[-_ANCHOR:]
    length = len(answer.text) + answer.text.count("\n")  # with `\r\n` for each `\n`
    farthest = max(snapshot.offset - length - _ANCHOR, 0)
    end = snapshot.offset
    for _ in range(_TRIES):
        found = snapshot.text.rfind(anchor, farthest, end)
        if found < 0:
            return
        yield found + _ANCHOR
        end = found + _ANCHOR - 1


def _size(answer: Answer) -> int:
    return len(answer.place.before) + len(answer.place.after) + len(answer.text)
