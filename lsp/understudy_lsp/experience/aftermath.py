"""What becomes of a place after its suggestion is decided: how much of what was taken is kept, and
what was written where nothing was.

All of it comes from edits, so every editor gives it. A document that is closed is judged as it lay
on disk when it was closed, or not at all; checks that are not due when the language server ends are
never made up for.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from understudy_lsp.experience import telling
from understudy_lsp.experience.anchor import Anchor, found_near, narrowed
from understudy_lsp.experience.kept import kept_length, most_alike
from understudy_lsp.experience.life import Life
from understudy_lsp.experience.moment import Moment
from understudy_lsp.experience.telling import About
from understudy_lsp.snapshot import Edit
from understudy_protocol.completion import CompletionId
from understudy_protocol.events import Event, Horizon
from understudy_protocol.repository import RepositoryId

DUE_S = {Horizon.THIRTY_SECONDS: 30.0, Horizon.TWO_MINUTES: 120.0, Horizon.TEN_MINUTES: 600.0}

REPLACED_AFTER = Horizon.THIRTY_SECONDS
"""After a suggestion is turned down, until what was written instead is read (Copilot's time)."""

MIN_REPLACED = 500
"""Characters of what was written instead that are told, or twice the suggestion's if it was longer.
People go on writing behind the place; Copilot looks at as many."""

MAX_WATCHED = 100
"""Places that are followed at a time. Beyond that the oldest is given up that only waits for the
next commit, else the oldest. Each costs about half a microsecond at every key in its document."""


@dataclass(eq=False)
class Watch:
    about: About
    uri: str
    anchor: Anchor
    since: float
    taken: str | None
    """The text that was taken; None watches what is written instead."""
    due: list[Horizon]
    """Still to come, in order."""
    limit: int
    """Characters told of what is written instead."""


class Aftermath:
    def __init__(self, text_of: Callable[[str], str | None]) -> None:
        self._text_of = text_of
        self._on_disk: dict[str, str] = {}
        self._watched: dict[tuple[CompletionId, bool], Watch] = {}
        """By completion, and by whether it was taken."""

    def taken(self, life: Life, inserted: str, moment: Moment) -> None:
        """`inserted` stands in the document where the text of `life` begins; what of it was taken,
        not typed, is watched from now on, together with what was taken of the completion before if
        it follows that directly."""
        start, taken = life.start + (life.taken_from or 0), inserted[life.taken_from :]
        place = found_near(self._text(life.suggestion.uri), taken, start)
        if place is None:
            return
        watch = _watch(life, Anchor(place, place + len(taken)), taken, moment)
        former = self._watched.get((watch.about.completion, True))
        if former is not None:
            watch.due = former.due  # each is told once
            if former.uri == watch.uri and former.anchor.end == watch.anchor.start:
                watch.taken = f"{former.taken}{taken}"
                watch.anchor.start = former.anchor.start
        self._add(watch)

    def left(self, life: Life, stands: str, moment: Moment) -> None:
        """`stands` is what is in the place of the text of `life` now."""
        anchor = Anchor(life.start + life.taken_to, life.start + len(stands), grows=True)
        self._add(_watch(life, anchor, None, moment))

    def back(self, completion: CompletionId) -> None:
        """What was left is on the screen again, or taken after all."""
        self._watched.pop((completion, False), None)

    def edited(self, uri: str, edits: Sequence[Edit]) -> None:
        watched = [watch for watch in self._watched.values() if watch.uri == uri]
        if watched:
            for edit in map(narrowed, edits):
                for watch in watched:
                    watch.anchor.move(edit)

    def closed(self, uri: str, on_disk: str | None) -> None:
        """`on_disk` None: nothing more is told of this document."""
        watched = [key for key, watch in self._watched.items() if watch.uri == uri]
        if on_disk is None:
            for key in watched:
                del self._watched[key]
        elif watched:
            self._on_disk[uri] = on_disk
            self._found_again(uri, on_disk)

    def opened(self, uri: str) -> None:
        if self._on_disk.pop(uri, None) is not None:
            self._found_again(uri, self._text(uri))

    def renamed(self, old: str, new: str) -> None:
        """The document will be closed, and opened under its new name."""
        self._on_disk[new] = self._text(old)
        for watch in self._watched.values():
            if watch.uri == old:
                watch.uri = new

    def committed(self, repository: RepositoryId, moment: Moment) -> list[Event]:
        """The next commit has come: the last thing that is told of what was taken."""
        watched = [each for each in self._watched.values() if each.about.repository == repository]
        due = [(each, [Horizon.COMMIT]) for each in watched if Horizon.COMMIT in each.due]
        return self._check(due, moment)

    def due(self, moment: Moment) -> list[Event]:
        reached: list[tuple[Watch, list[Horizon]]] = []
        for watch in self._watched.values():
            passed = moment.now - watch.since
            due = [each for each in watch.due if passed >= DUE_S.get(each, float("inf"))]
            if due:
                reached.append((watch, due))
        return self._check(reached, moment)

    def _check(self, reached: list[tuple[Watch, list[Horizon]]], moment: Moment) -> list[Event]:
        events: list[Event] = []
        for watch, horizons in reached:
            now = self._text(watch.uri)[watch.anchor.start : watch.anchor.end]
            if watch.taken is None:
                events.append(telling.replaced(watch.about, now[: watch.limit], moment))
            else:
                # After a sleep of the machine the last of several is true, the others are unknown.
                length = kept_length(watch.taken, now)
                events.append(
                    telling.kept(
                        watch.about,
                        horizons[-1],
                        accepted=watch.taken,
                        length=length,
                        moment=moment,
                    )
                )
            watch.due = [each for each in watch.due if each not in horizons]
            if not watch.due:
                del self._watched[watch.about.completion, watch.taken is not None]
        if self._on_disk:
            followed = {watch.uri for watch in self._watched.values()}
            self._on_disk = {uri: text for uri, text in self._on_disk.items() if uri in followed}
        return events

    def _add(self, watch: Watch) -> None:
        key = (watch.about.completion, watch.taken is not None)
        self._watched.pop(key, None)
        self._watched[key] = watch
        while len(self._watched) > MAX_WATCHED:
            told = (key for key, each in self._watched.items() if each.due == [Horizon.COMMIT])
            del self._watched[next(told, next(iter(self._watched)))]

    def _text(self, uri: str) -> str:
        text = self._text_of(uri)
        return self._on_disk.get(uri, "") if text is None else text

    def _found_again(self, uri: str, text: str) -> None:
        """The text may have changed without an edit: what was taken is looked for."""
        for watch in self._watched.values():
            if watch.uri == uri and watch.taken:
                watch.anchor = Anchor(*most_alike(text, watch.taken, watch.anchor.start))


def _watch(life: Life, anchor: Anchor, taken: str | None, moment: Moment) -> Watch:
    return Watch(
        about=telling.about(life),
        uri=life.suggestion.uri,
        anchor=anchor,
        since=moment.now,
        taken=taken,
        due=[REPLACED_AFTER] if taken is None else list(Horizon),
        limit=max(MIN_REPLACED, 2 * len(life.text)),
    )
