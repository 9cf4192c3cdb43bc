"""Why no suggestion is asked for. Each is told in the journal and counted."""

from enum import StrEnum

from understudy_lsp.eagerness import Eagerness
from understudy_lsp.hole.hole import Hole
from understudy_lsp.hole.place import Place, Right


class Silence(StrEnum):
    LANGUAGE_OFF = "language_off"
    """Switched off for this language: not even when asked by a key."""
    IGNORED = "ignored"
    """The file is ignored (git, `.understudyignore`, names of secrets): nothing of it is sent."""
    MANUAL_ONLY = "manual_only"
    SNOOZED = "snoozed"
    LINE_MUTED = "line_muted"
    """Escape was pressed on this line a moment ago."""
    DOCUMENT_MUTED = "document_muted"
    """Escape was pressed in this document again and again."""
    UNDONE = "undone"
    """The last edit was an undo or a redo."""
    PASTED = "pasted"
    """The last edit was a paste: its text is to be read first, not continued."""
    COMMENT = "comment"
    DOCSTRING = "docstring"
    STRING = "string"
    MID_WORD = "mid_word"
    BEFORE_TEXT = "before_text"
    """The line goes on behind the cursor with more than closing brackets."""


def unsuitable(hole: Hole, *, eagerness: Eagerness, in_comments: bool) -> Silence | None:
    """Whether suggestions nobody asked for would disturb at this place.

    Prose is where models are accepted least and complained about most (Cody's issues 1175 and
    3038), so comments are left alone unless the settings want them. Text right of the cursor is
    Copilot's rule.
    """
    high, low = eagerness is Eagerness.HIGH, eagerness is Eagerness.LOW
    if hole.mid_word:
        return Silence.MID_WORD
    if hole.place is Place.COMMENT and not in_comments:
        return Silence.COMMENT
    if hole.place is Place.DOCSTRING and not (high or in_comments):
        return Silence.DOCSTRING
    if hole.place is Place.STRING and low:
        return Silence.STRING
    if hole.right is Right.TEXT and not high:
        return Silence.BEFORE_TEXT
    return None
