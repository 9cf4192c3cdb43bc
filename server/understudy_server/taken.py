"""What became of one repository's suggestions, by the release that wrote them, from the event log.

A suggestion counts once: if it stood for 750 ms at least, or if something of it was taken. It is
counted when its outcome is known, two minutes after it was asked for: one that was taken would else
be counted later than one that was not, and every release would look bad at first. What was hidden
counts for the lines in which something could have been shown (`chances`).
"""

import itertools
from collections import deque
from collections.abc import Sequence

import msgspec

from understudy_protocol.completion import Completion, CompletionId
from understudy_protocol.events import (
    READ_MS,
    Accepted,
    Discarded,
    DiscardReason,
    Event,
    Horizon,
    Kept,
    PartiallyAccepted,
    Shown,
    Source,
)
from understudy_protocol.repository import RepositoryId
from understudy_server.acceptance import Suggestion
from understudy_server.chances import Chances, line_of

SETTLED_MS = 120_000
MOST = 2000
"""Suggestions of a release that are compared: its first ones with the last ones before it. As many
lines."""
RELEASES = 8
"""That are remembered; of a repository no more than two are compared."""
COUNTED = 20_000
"""Suggestions that are known to have been counted."""
HIDDEN = (DiscardReason.FILTER, DiscardReason.LOW_SCORE)
"""Why something was not shown that could have been; what came too late could not."""

Release = str | None


class _Outcome(msgspec.Struct):
    seen: bool = False
    """Else it was hidden."""
    taken: bool = False
    kept: float = 1.0
    """Share; all of it, where an editor does not tell."""
    completion: Completion | None = None
    line: int = 0


class Sample:
    def __init__(self) -> None:
        self.first: list[Suggestion] = []
        self.last: deque[Suggestion] = deque(maxlen=MOST)

    def add(self, suggestion: Suggestion) -> None:
        if len(self.first) < MOST:
            self.first.append(suggestion)
        self.last.append(suggestion)


class OfRelease:
    def __init__(self) -> None:
        self.shown = Sample()
        self.lines = Sample()


class Taken:
    """Numbers only: no text of anybody's is kept."""

    def __init__(self, repository: RepositoryId, *, model: str) -> None:
        """What another base model or a copy wrote is left out."""
        self.cursor = 0
        self._repository = repository
        self._model = model
        self._pending: dict[CompletionId, _Outcome] = {}
        self._counted: dict[CompletionId, None] = {}
        self._chances = Chances()
        self._releases: dict[Release, OfRelease] = {}
        self._newest = 0

    def of(self, release: Release) -> OfRelease:
        return self._releases.get(release) or OfRelease()

    def note(self, events: Sequence[Event]) -> list[CompletionId]:
        """Takes more of the log in; the completions that have to be known for it."""
        asked: list[CompletionId] = []
        for event in events:
            known = self._pending.get(event.completion)
            if known is None:
                if event.completion in self._counted:
                    continue
                if not _counts(event) and not _hides(event):
                    continue
                known = self._pending[event.completion] = _Outcome()
                asked.append(event.completion)
            _add(known, event)
        return asked

    def know(self, asked: Sequence[CompletionId], found: Sequence[Completion]) -> None:
        """Those that nobody agreed to keep, or that are not to be compared, are let go."""
        by_id = {each.id: each for each in found}
        for id_ in asked:
            completion = by_id.get(id_)
            if (
                completion is None
                or completion.repository != self._repository
                or completion.model != self._model
            ):
                self._pending.pop(id_, None)
                self._remember(id_)
                continue
            bare = msgspec.structs.replace(
                completion, prefix="", suffix="", text="", snippets=(), token_logprobs=()
            )
            self._pending[id_].completion = bare
            self._pending[id_].line = line_of(completion)
            self._newest = max(self._newest, completion.at)

    def settle(self, now: int | None = None) -> int:
        """Counts what is settled at `now`, None if the log goes on: then by its own time. How many
        suggestions and lines they were."""
        limit = (self._newest if now is None else now) - SETTLED_MS
        settled = [
            (each.completion, each)
            for each in self._pending.values()
            if each.completion is not None and each.completion.at <= limit
        ]
        for completion, outcome in sorted(settled, key=lambda each: (each[0].at, each[0].id)):
            del self._pending[completion.id]
            self._remember(completion.id)
            value = min(1.0, outcome.kept) if outcome.taken else 0.0
            if outcome.seen:
                suggestion = Suggestion(completion.at, completion.person, value)
                self._of(completion.release).shown.add(suggestion)
            self._chances.add(outcome.line, completion, value)
        lines = list(self._chances.left(limit))
        for release, line in lines:
            self._of(release).lines.add(line)
        return len(settled) + len(lines)

    def _of(self, release: Release) -> OfRelease:
        """The one that was added to least lately gives way."""
        found = self._releases.pop(release, None) or OfRelease()
        self._releases[release] = found
        while len(self._releases) > RELEASES:
            del self._releases[next(iter(self._releases))]
        return found

    def _remember(self, id_: CompletionId) -> None:
        self._counted[id_] = None
        if len(self._counted) > COUNTED:
            for old in list(itertools.islice(self._counted, COUNTED // 10)):
                del self._counted[old]


def _counts(event: Event) -> bool:
    if event.source is not Source.ENGINE:
        return False
    match event:
        case Shown():
            return event.dwell_ms >= READ_MS
        case Accepted() | PartiallyAccepted():
            return event.length > 0
        case _:
            return False


def _hides(event: Event) -> bool:
    is_hidden = isinstance(event, Discarded) and event.reason in HIDDEN
    return is_hidden and event.source is Source.ENGINE


def _add(known: _Outcome, event: Event) -> None:
    known.seen = known.seen or _counts(event)
    match event:
        case Accepted() | PartiallyAccepted():
            known.taken = known.taken or event.length > 0
        case Kept(horizon=Horizon.THIRTY_SECONDS) if event.accepted_length > 0:
            known.kept = event.length / event.accepted_length
        case _:
            pass
