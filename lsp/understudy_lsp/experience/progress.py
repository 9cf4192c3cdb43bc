"""What an edit did to a suggestion: typed along, taken in part or whole, left, or nothing at all.

Judged by what the document says afterwards, not by the shape of the edit: editors replace the word
before the cursor, send the difference of two lines, or re-indent what they insert.
"""

import re
from collections.abc import Sequence

import msgspec

from understudy_lsp.snapshot import Edit

PAIRS = frozenset({"()", "[]", "{}", '""', "''", "``", "<>"})
"""What editors insert for one key."""


class Elsewhere(msgspec.Struct, frozen=True):
    """The place of the suggestion is untouched."""

    shift: int
    """Characters by which it has moved."""


class Reached(msgspec.Struct, frozen=True):
    """The text now stands in the document up to `index`."""

    index: int


class Whole(msgspec.Struct, frozen=True):
    """The text was inserted whole, over what it replaces."""

    inserted: str
    """As it stands in the document now, which may be indented differently."""


class Left(msgspec.Struct, frozen=True):
    """Something else was written there."""

    typed: str
    """What stands in the place of the suggestion now."""


Progress = Elsewhere | Reached | Whole | Left


def progress(
    before: str,
    after: str,
    edits: Sequence[Edit],
    *,
    start: int,
    text: str,
    done: int,
    replaces: int,
) -> Progress:
    """The `edits` made `after` of `before`, in which `text` was suggested at `start`, its first
    `done` characters stood already, and the next `replaces` of the document were to give way."""
    low, high = touched(edits)
    grown = len(after) - len(before)
    cursor, high_before = start + done, high - grown
    if high_before < start:
        return Elsewhere(grown)
    if low > cursor + replaces:
        return Elsewhere(0)
    first, last = min(low, start), max(high_before, cursor + replaces)
    head, now = before[first:start], after[first : last + grown]
    if not now.startswith(head):
        return Left("")
    now = now[len(head) :]
    middle = _without_end(now, before[cursor + replaces : last])
    if middle is not None and _is_whole(middle, text):
        return Whole(middle)
    middle = _without_end(now, before[cursor:last])
    if middle is not None and text.startswith(middle):
        return Reached(len(middle))
    return Left(after[start:high])


def by_hand(text: str, start: int, end: int) -> bool:
    """Whether a step from `start` to `end` of a suggestion looks typed rather than taken.

    Editors take words and lines, so a piece ends where a word does; keys that an editor sends
    together rarely do. What an editor adds to a key by itself (indentation, a closing bracket) is
    typing too.
    """
    step = text[start:end]
    mid_word = re.match(r"\w\w", text[end - 1 : end + 1]) is not None
    return len(step) <= 1 or step.isspace() or step in PAIRS or mid_word


def touched(edits: Sequence[Edit]) -> tuple[int, int]:
    """The smallest range of the text after `edits` (at least one) that holds all they changed."""
    low, high = edits[0].start, edits[0].start + len(edits[0].inserted)
    for edit in edits[1:]:
        removed_to, inserted_to = edit.start + len(edit.removed), edit.start + len(edit.inserted)
        low = min(low, edit.start)
        high = inserted_to + max(0, high - removed_to)
    return low, high


def _is_whole(middle: str, text: str) -> bool:
    """Menus insert with the indentation of the line they are on, and some with other line ends."""
    return middle == text or ("\n" in text and _without_indent(middle) == _without_indent(text))


def _without_indent(text: str) -> str:
    return re.sub(r"\r?\n[ \t]*", "\n", text)


def _without_end(text: str, end: str) -> str | None:
    return text[: len(text) - len(end)] if text.endswith(end) else None
