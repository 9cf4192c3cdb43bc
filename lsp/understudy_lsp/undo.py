"""Whether an edit takes back earlier ones: LSP does not say, so their texts have to.

An undo (or redo) restores a text that stood at the same place a few edits ago. So does a backspace,
which is why an edit of a single character is never taken for an undo.
"""

from collections import deque

from understudy_lsp.snapshot import Edit

DEPTH = 50
"""Edits looked back over: editors undo a burst of typing at once, and a burst is a few words."""

LARGEST = 20_000
"""Characters of an edit that is worth remembering; a larger one replaced the whole document."""


class History:
    """The last edits of one document."""

    def __init__(self) -> None:
        self._edits: deque[Edit] = deque(maxlen=DEPTH)

    def takes_back(self, edit: Edit) -> bool:
        """Whether `edit` takes back some of the edits before it, back to the newest; it is
        remembered itself."""
        size = len(edit.removed) + len(edit.inserted)
        if size > LARGEST:
            self._edits.clear()
            return False
        found = size > 1 and self._reaches(Edit(edit.start, edit.inserted, edit.removed))
        self._edits.append(edit)
        return found

    def _reaches(self, wanted: Edit) -> bool:
        net: Edit | None = None
        for older in reversed(self._edits):
            net = older if net is None else _joined(older, net)
            if net is None or net == wanted:
                return net is not None
            if net.removed == net.inserted:
                net = None  # taken back already: what was before it counts
        return False


def _joined(first: Edit, second: Edit) -> Edit | None:
    """One edit that does what both do; None if they do not touch."""
    first_end = first.start + len(first.inserted)
    second_end = second.start + len(second.removed)
    if second.start > first_end or second_end < first.start:
        return None
    before = second.removed[: max(first.start - second.start, 0)]
    behind = second.removed[len(second.removed) - max(second_end - first_end, 0) :]
    kept_before = first.inserted[: max(second.start - first.start, 0)]
    kept_behind = first.inserted[len(first.inserted) - max(first_end - second_end, 0) :]
    return Edit(
        min(first.start, second.start),
        before + first.removed + behind,
        kept_before + second.inserted + kept_behind,
    )
