"""How long to wait after a key before the engine is asked.

A request in the middle of a burst of keys is mostly wasted, and one long after it comes too late.
So the wait is told in the person's own pauses between keys, shorter where people stop to think, and
what the engine itself takes is subtracted: ghost text comes after a steady time (as in tabby-agent,
whose wait has a floor of 100 ms even where the answer is there at once, and triples inside words).

How the shares below were chosen is in trainer/LOG.md: half as many calls, and no less accepted.
"""

from understudy_lsp.eagerness import Eagerness, taste
from understudy_lsp.hole.hole import Hole
from understudy_lsp.hole.place import Right
from understudy_lsp.snapshot import Snapshot

USUAL_PAUSE_S = 0.2
"""Between two keys, until the person's own is known: 60 words a minute; tabby-agent's figure."""

SHORTEST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 0.4
"""Outside of these it is a repeated key, or thought rather than a pause (tabby-agent)."""

MEMORY = 20
"""Keys over which the mean pause forgets: about a line, so that it follows the work at hand."""

USUAL_LATENCY_S = 0.1
LATENCY_MEMORY = 5
"""Requests over which the mean latency forgets: an engine that gets busy is noticed in a minute."""

AT_LINE_START = 0.5
"""Of the patience: a new line is where people stop to think, and where most is accepted (Cody asks
at once there)."""

IN_WORD = 2.0
"""The same in a word: who types it knows how it goes on, and half of all answers came too late."""

IN_LINE = 1.5
"""The same with text right of the cursor: an edit, seldom continued by a suggestion."""

COPY = 0.5
"""The same before a copy in a word, of which the index is not sure. It costs nothing, but what
flickers at every key disturbs."""


class Debounce:
    def __init__(self) -> None:
        self._last_key: float | None = None
        self._pause = USUAL_PAUSE_S
        self._latency = USUAL_LATENCY_S

    def key(self, now: float) -> None:
        """A person pressed a key that changed a document."""
        pause = LONGEST_PAUSE_S if self._last_key is None else now - self._last_key
        if 0 < pause < LONGEST_PAUSE_S:
            self._pause += (max(pause, SHORTEST_PAUSE_S) - self._pause) / MEMORY
        self._last_key = now

    def answered(self, latency: float) -> None:
        """The engine took so many seconds from being asked to its first line."""
        self._latency += (latency - self._latency) / LATENCY_MEMORY

    def delay(
        self,
        snapshot: Snapshot,
        hole: Hole,
        *,
        eagerness: Eagerness,
        now: float,
        caution: float = 1.0,
    ) -> float:
        """Seconds from now to wait before the engine is asked. An editor's own pause since the last
        key counts already."""
        wanted = taste(eagerness)
        wait = wanted.patience * _patience_at(snapshot, hole) * self._pause * caution
        wait = min(max(wait - self._latency, wanted.shortest_s), wanted.longest_s * caution)
        return self._left_of(wait, now)

    def copy_delay(self, *, eagerness: Eagerness, now: float, caution: float = 1.0) -> float:
        """The same before a copy is shown about which the engine is not asked."""
        wanted = taste(eagerness)
        wait = wanted.patience * COPY * self._pause * caution
        return self._left_of(min(wait, wanted.longest_s * caution), now)

    def _left_of(self, wait: float, now: float) -> float:
        since_key = 0.0 if self._last_key is None else max(now - self._last_key, 0.0)
        return max(wait - since_key, 0.0)


def in_word(snapshot: Snapshot, hole: Hole) -> bool:
    """Whether the line ends in a word that is being typed."""
    before = snapshot.before[-1:]
    return hole.right is not Right.TEXT and (before.isalnum() or before == "_")


def _patience_at(snapshot: Snapshot, hole: Hole) -> float:
    if hole.right is Right.TEXT:
        return IN_LINE
    if not snapshot.before.strip():
        return AT_LINE_START
    return IN_WORD if in_word(snapshot, hole) else 1.0
