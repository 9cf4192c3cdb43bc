"""A range of a document that is followed through the edits around and inside it."""

from dataclasses import dataclass

from understudy_lsp.snapshot import Edit

SEARCHED = 1500
"""Characters around a place in which text that was moved is looked for; Copilot's wider margin."""


@dataclass(eq=False)
class Anchor:
    start: int
    end: int
    grows: bool = False
    """Text written at its edges belongs to it."""

    def move(self, edit: Edit) -> None:
        """`edit` is what `narrowed` made of it."""
        removed_to = edit.start + len(edit.removed)
        grown = len(edit.inserted) - len(edit.removed)
        before = removed_to < self.start if self.grows else removed_to <= self.start
        behind = edit.start > self.end if self.grows else edit.start >= self.end
        if before:
            self.start += grown
            self.end += grown
        elif not behind:
            self.start = min(self.start, edit.start)
            self.end = max(self.end + grown, edit.start + len(edit.inserted))


def narrowed(edit: Edit) -> Edit:
    """The same edit without what it removes and inserts again at its ends, so that replacing a
    whole document to change a word moves what is around the word and nothing else."""
    removed, inserted = edit.removed, edit.inserted
    if not removed or not inserted:
        return edit
    same = _common(removed, inserted)
    removed, inserted = removed[same:], inserted[same:]
    low, high = 0, min(len(removed), len(inserted))
    while low < high:
        middle = (low + high + 1) // 2
        if removed[len(removed) - middle :] == inserted[len(inserted) - middle :]:
            low = middle
        else:
            high = middle - 1
    return Edit(
        start=edit.start + same,
        removed=removed[: len(removed) - low],
        inserted=inserted[: len(inserted) - low],
    )


def found_near(text: str, wanted: str, start: int) -> int | None:
    """Where `wanted` stands in `text`, nearest to `start`; None if it does not stand near it."""
    if text.startswith(wanted, start):
        return start
    low, high = max(0, start - SEARCHED), start + SEARCHED + len(wanted)
    places = (text.rfind(wanted, low, start + len(wanted)), text.find(wanted, start, high))
    return min(
        (place for place in places if place >= 0), key=lambda p: abs(p - start), default=None
    )


def _common(one: str, other: str) -> int:
    """Length of the beginning that both share, by halves, because comparing is done in C."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
