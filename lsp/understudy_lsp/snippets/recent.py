"""Where somebody edited and looked last."""

from collections.abc import Iterator, Sequence

from understudy_lsp.snapshot import Edit

LENGTH = 16
"""Spots that are remembered, as in llama.vim's ring of chunks."""

NEAR = 1_000
"""Characters within which two spots are the same: about the 32 lines that llama.vim takes."""

STAY_S = 2.0
"""Seconds. Where the cursor stayed for less, it only passed through."""


class Spot:
    """A place in a document; it moves with the text."""

    def __init__(self, path: str, offset: int, *, edited: bool, since: float) -> None:
        self.path = path
        self.offset = offset
        self.edited = edited
        self.since = since
        """When the cursor came here, in seconds."""


class Recent:
    """The last spots of a folder, and the texts that they are in. Told of every key, so it does
    next to nothing then."""

    def __init__(self) -> None:
        self._spots: list[Spot] = []
        self._texts: dict[str, str] = {}

    def __iter__(self) -> Iterator[tuple[Spot, str]]:
        """Newest first, each with the text that it is in."""
        return ((spot, self._texts[spot.path]) for spot in reversed(self._spots))

    def edited(self, path: str, edits: Sequence[Edit], *, text: str, now: float) -> None:
        """`text` is what the document is after all `edits`."""
        for edit in edits:
            self._move(path, edit)
            self._put(path, edit.start + len(edit.inserted), edited=True, now=now)
        self._texts[path] = text

    def visited(self, path: str, offset: int, *, text: str, now: float) -> None:
        self._put(path, offset, edited=False, now=now)
        self._texts[path] = text

    def _put(self, path: str, offset: int, *, edited: bool, now: float) -> None:
        newest = self._spots[-1] if self._spots else None
        for spot in reversed(self._spots):
            if spot.path == path and abs(spot.offset - offset) <= NEAR:
                if spot is not newest:
                    self._spots.remove(spot)
                    self._spots.append(spot)
                    spot.since = now
                spot.offset, spot.edited = offset, spot.edited or edited
                return
        if newest and not newest.edited and now - newest.since < STAY_S:
            self._spots.pop()
        self._spots.append(Spot(path, offset, edited=edited, since=now))
        del self._spots[:-LENGTH]
        kept = {spot.path for spot in self._spots}
        self._texts = {path: text for path, text in self._texts.items() if path in kept}

    def _move(self, path: str, edit: Edit) -> None:
        end = edit.start + len(edit.removed)
        for spot in self._spots:
            if spot.path != path:
                continue
            if spot.offset >= end:
                spot.offset += len(edit.inserted) - len(edit.removed)
            elif spot.offset > edit.start:
                spot.offset = edit.start
