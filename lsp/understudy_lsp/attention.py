"""What the person did last, and what that says about wanting suggestions.

The complaints behind each rule are many and alike in every peer: a Tab that was to indent accepts
(Copilot's issues 1013, 11105 and 11171), Escape that does not mean stop (13649), suggestions that
come while existing text is undone, pasted or shifted (VS Code's 265227), suggestions that come
ever more often although they are rejected (Tabby's 2902).
"""

import math

from understudy_lsp.eagerness import Eagerness
from understudy_lsp.hole.hole import Hole
from understudy_lsp.silence import Silence, unsuitable
from understudy_lsp.snapshot import Edit, Snapshot, last_line_end
from understudy_lsp.undo import History

INDENT_HOLD_S = 0.5
"""Nothing appears so soon after indentation was typed: the next Tab may be on its way (what the
people in Copilot's issues 1013 and 11895 ask for)."""

ENTER_S = 0.05
"""Indentation so soon after a line break was the editor's own: Neovim and Emacs send it apart."""

LINE_MUTE_S = 10.0
DOCUMENT_MUTE_S = 60.0
"""After the second Escape within the same time; doubled by each further one …"""
LONGEST_MUTE_S = 900.0
"""… up to here: whoever still means it will use the switch or snooze."""

PASTE = 40
"""Characters that arrive at once and are more than a name that an editor completes."""

FORGET_S = 600.0
"""Rejections fade with this time constant; so do those of Copilot's next-edit suggestions."""

PER_REJECTION = 1.5
"""Times the wait for each rejection that is not forgotten (Copilot's next-edit suggestions)."""

MOST_WEARY = 5.0
"""Rejections that are counted: the wait becomes 7.6 times as long, and one good hour undoes it."""

IGNORED = 0.25
"""Of a rejection: typed past after it was really seen."""


class Attention:
    """One for all documents; times are seconds of the caller's monotonic clock."""

    def __init__(self) -> None:
        self._documents: dict[str, _Document] = {}
        self._snoozed_until = 0.0
        self._weariness = 0.0
        self._weary_at = 0.0

    def may_ask(
        self,
        snapshot: Snapshot,
        hole: Hole,
        *,
        eagerness: Eagerness,
        enabled: bool,
        in_comments: bool,
        manual: bool,
        now: float,
    ) -> Silence | None:
        """Why nothing should be suggested here and now; None if something may.

        Whoever asks by a key is answered, unless the language is switched off (not `enabled`).
        """
        if not enabled:
            return Silence.LANGUAGE_OFF
        if manual:
            return None
        if eagerness is Eagerness.MANUAL:
            return Silence.MANUAL_ONLY
        if self.snoozed(now):
            return Silence.SNOOZED
        document = self._documents.get(snapshot.uri)
        disturbed = document.disturbed(snapshot, now) if document else None
        return disturbed or unsuitable(hole, eagerness=eagerness, in_comments=in_comments)

    def hold(self, uri: str, now: float) -> float:
        """Seconds in which nothing may appear yet, from wherever it comes."""
        document = self._documents.get(uri)
        return max(document.held_until - now, 0.0) if document else 0.0

    def caution(self, now: float) -> float:
        """From 1 to 8, growing with rejections: times the wait, and less is good enough."""
        return PER_REJECTION ** self._weariness_at(now)

    def edited(self, uri: str, edit: Edit, *, text: str, now: float) -> None:
        """A document changed, by whomever, and is `text` now."""
        self._document(uri).edited(edit, text, now)

    def accepted(self, uri: str, now: float) -> None:
        """The last edit was an accepted suggestion, not a paste; the person wants more."""
        self._document(uri).welcome()
        self._tire(-1.0, now)

    def rejected(self, uri: str, text: str, offset: int, *, now: float) -> None:
        """Escape was pressed with a suggestion at `offset` of `text`."""
        self._document(uri).escaped(last_line_end(text, offset), now)
        self._tire(1.0, now)

    def ignored(self, now: float) -> None:
        """A suggestion was typed past that had stood long enough to be read."""
        self._tire(IGNORED, now)

    def snooze(self, until: float) -> None:
        """Nothing until then; a time in the past ends it."""
        self._snoozed_until = until

    def snoozed(self, now: float) -> bool:
        return now < self._snoozed_until

    def closed(self, uri: str) -> None:
        self._documents.pop(uri, None)

    def _document(self, uri: str) -> "_Document":
        return self._documents.setdefault(uri, _Document())

    def _weariness_at(self, now: float) -> float:
        return self._weariness * math.exp(-max(now - self._weary_at, 0.0) / FORGET_S)

    def _tire(self, by: float, now: float) -> None:
        self._weariness = min(max(self._weariness_at(now) + by, 0.0), MOST_WEARY)
        self._weary_at = now


class _Document:
    def __init__(self) -> None:
        self.held_until = 0.0
        self._history = History()
        self._last_edit: Silence | None = None
        self._line_broken_at = float("-inf")
        self._muted_lines: list[tuple[int, float]] = []  # first offset of the line, until when
        self._escapes = 0
        self._muted_until = 0.0

    def disturbed(self, snapshot: Snapshot, now: float) -> Silence | None:
        if now < self._muted_until:
            return Silence.DOCUMENT_MUTED
        if any(start == snapshot.line_start and now < until for start, until in self._muted_lines):
            return Silence.LINE_MUTED
        return self._last_edit

    def edited(self, edit: Edit, text: str, now: float) -> None:
        end, grown = edit.start + len(edit.removed), len(edit.inserted) - len(edit.removed)
        breaks = "\n" in edit.inserted
        self._muted_lines = [
            (start + grown if end < start or (end == start and breaks) else start, until)
            for start, until in self._muted_lines
            if now < until
        ]
        self._last_edit = None
        if self._history.takes_back(edit):
            self._last_edit = Silence.UNDONE
        elif len(edit.inserted) > PASTE or "\n" in edit.inserted.strip():
            self._last_edit = Silence.PASTED
        if breaks:
            self._line_broken_at = now
        elif _indents(edit, text) and now - self._line_broken_at > ENTER_S:
            self.held_until = now + INDENT_HOLD_S

    def escaped(self, line_start: int, now: float) -> None:
        self._muted_lines.append((line_start, now + LINE_MUTE_S))
        if now > self._muted_until + DOCUMENT_MUTE_S:
            self._escapes = 0
        if self._escapes:
            mute = DOCUMENT_MUTE_S * 2 ** (self._escapes - 1)
            self._muted_until = now + min(mute, LONGEST_MUTE_S)
        self._escapes += 1

    def welcome(self) -> None:
        """Suggestions are wanted again."""
        self.held_until = self._muted_until = 0.0
        self._last_edit = None
        self._muted_lines.clear()
        self._escapes = 0


def _indents(edit: Edit, text: str) -> bool:
    """Whether nothing but space at the beginning of a line was put in or taken out."""
    changed = edit.removed + edit.inserted
    return (
        not changed.strip(" \t") and not text[last_line_end(text, edit.start) : edit.start].strip()
    )
