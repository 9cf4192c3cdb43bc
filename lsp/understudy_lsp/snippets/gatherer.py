"""Which excerpts of other places go with a request.

The choice is made once for a line: while it is typed the snippets stay the same to the byte, and
what stays keeps its order in the next choice, because the engine reads again whatever stands behind
a change. Only another call that is begun in the line makes a new choice at once: its signature is
worth that.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice

import msgspec

from understudy_lsp.copying.copies import Copy
from understudy_lsp.hole.hole import Hole
from understudy_lsp.hole.names import Names
from understudy_lsp.snapshot import Edit, Snapshot
from understudy_lsp.snippets.definitions import of_callee, of_counterpart, of_names
from understudy_lsp.snippets.excerpt import Excerpt, View
from understudy_lsp.snippets.lookup import Lookup
from understudy_lsp.snippets.nearby import like_this, recent_excerpts
from understudy_lsp.snippets.recent import Recent
from understudy_protocol.completion import Snippet

MOST = 10
"""Snippets of a request."""

BUDGET_S = 0.004
"""Seconds for a choice, which is made once a line: a request may add 10 ms at the 99th
percentile."""

KEPT = 64
"""Documents whose last choice is remembered."""


class Gathered(msgspec.Struct, frozen=True):
    snippets: tuple[Snippet, ...] = ()
    """Stable ones first."""
    reasons: tuple[str, ...] = ()
    """Why each of them was taken."""


class _Choice(msgspec.Struct, frozen=True):
    line: tuple[int, str, str | None]
    """Where the line begins, the scope and the call that the cursor was in."""
    excerpts: tuple[Excerpt, ...]
    gathered: Gathered


class Gatherer:
    """The snippets of one folder."""

    def __init__(self, index: Lookup, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._lookup = index
        self._clock = clock
        self._recent = Recent()
        self._choices: dict[str, _Choice] = {}

    def gather(
        self, snapshot: Snapshot, hole: Hole, names: Names, *, copy: Copy | None = None
    ) -> Gathered:
        """The snippets for a request at the snapshot's cursor; `copy` is what was found to follow
        there."""
        scope = hole.scope.name if hole.scope else ""
        line = (snapshot.line_start, scope, names.callee)
        last = self._choices.pop(snapshot.path, None)
        if last is None or last.line != line or not self._allowed(last):
            before = last.excerpts if last else ()
            excerpts = self._chosen(snapshot, hole, names, copy=copy, before=before)
            last = _Choice(line, excerpts, _gathered(excerpts))
        self._choices[snapshot.path] = last
        while len(self._choices) > KEPT:
            del self._choices[next(iter(self._choices))]
        return last.gathered

    def latest(self, snapshot: Snapshot) -> tuple[Snippet, ...]:
        """The snippets that the document's last request went with."""
        choice = self._choices.get(snapshot.path)
        return choice.gathered.snippets if choice and self._allowed(choice) else ()

    def edited(self, path: str, edits: Sequence[Edit], *, text: str, now: float) -> None:
        """A document changed. `now` is in seconds; an empty path is outside the folder."""
        if path:
            self._recent.edited(path, edits, text=text, now=now)

    def visited(self, path: str, offset: int, *, text: str, now: float) -> None:
        """The cursor is at `offset`, in code points."""
        if path:
            self._recent.visited(path, offset, text=text, now=now)

    def _allowed(self, choice: _Choice) -> bool:
        """Whether all of it may still be used: a file may have become ignored since."""
        return all(self._lookup.allowed(snippet.path) for snippet in choice.gathered.snippets)

    def _chosen(
        self,
        snapshot: Snapshot,
        hole: Hole,
        names: Names,
        *,
        copy: Copy | None,
        before: tuple[Excerpt, ...],
    ) -> tuple[Excerpt, ...]:
        end = self._clock() + BUDGET_S
        found: dict[tuple[str, str], Excerpt] = {}
        for excerpt in self._candidates(View.of(snapshot), hole, names, copy=copy):
            found.setdefault(_key(excerpt), excerpt)
            if len(found) == MOST:
                break
            if self._clock() > end:
                # What was not reached may still hold.
                found |= {
                    _key(each): each for each in before if self._lookup.allowed(each.snippet.path)
                }
                break
        kept = [each for each in before if found.pop(_key(each), None)]
        return (*kept, *found.values())[:MOST]

    def _candidates(
        self, view: View, hole: Hole, names: Names, *, copy: Copy | None
    ) -> Iterator[Excerpt]:
        """The most useful first, so many of each kind that the others have room."""
        lookup, recent = self._lookup, self._recent
        imports = {each.name: each for each in lookup.imports_of(view.path)}
        return chain(
            islice(of_callee(names, imports, view, lookup=lookup), 2),
            islice(of_names(names, imports, view, lookup=lookup), 4),
            islice(like_this(copy, view), 2),
            islice(recent_excerpts(recent, view, lookup=lookup, edited=True), 2),
            islice(of_counterpart(names, hole, view, lookup=lookup), 1),
            islice(recent_excerpts(recent, view, lookup=lookup, edited=False), 1),
        )


def _key(excerpt: Excerpt) -> tuple[str, str]:
    return excerpt.snippet.path, excerpt.snippet.text


def _gathered(excerpts: Sequence[Excerpt]) -> Gathered:
    ordered = sorted(excerpts, key=lambda each: not each.snippet.stable)
    return Gathered(
        snippets=tuple(each.snippet for each in ordered),
        reasons=tuple(each.why for each in ordered),
    )
