"""The search in segments: in the text of the workspace as it is on disk."""

import heapq
import logging
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from understudy_lsp.copying.place import CONTEXT, LEAST, VIEW, Place
from understudy_lsp.copying.segment import DEPTH, Segment, SegmentError, as_bytes

_BEGUN = re.compile(r"\w{1,40}\Z")

_WALK = 80
"""Places looked at for some where a word stands that is being typed. Each costs two reads; 400 made
no better copies than 200, and what is beyond the first 80 agrees too little to be sure of."""

_PLACES = 200
"""Places looked at in all, also those of files that are not used."""

_log = logging.getLogger(__name__)


class SavedText:
    """The segments of a folder."""

    def __init__(self) -> None:
        self._files: tuple[Path, ...] = ()
        self._segments: list[Segment] = []
        self._replaced: list[set[int]] = []
        """Of each segment, numbers of the files that a newer one holds."""

    def use(self, files: Sequence[Path]) -> None:
        """Search in these segments from now on, the newest first; one that cannot be read is left
        out."""
        if self._files == tuple(files):
            return
        known = {segment.file: segment for segment in self._segments}
        self._files, self._segments, self._replaced = tuple(files), [], []
        newer: set[str] = set()
        for file in files:
            try:
                segment = known.get(file) or Segment(file)
            except (SegmentError, OSError) as error:
                _log.warning("A part of the index is not searched: %s", type(error).__name__)
                continue
            paths = enumerate(segment.paths)
            self._segments.append(segment)
            self._replaced.append({number for number, path in paths if path in newer})
            newer.update(segment.paths)

    def places(self, context: str) -> Iterator[Place]:
        """Places that have the end of `context` before them, longest agreement first.

        Segments know where words begin and end. In the middle of a word, the places are those
        where such a word stands after the same text, as far as they are among the `_WALK` nearest.
        """
        word = b""
        if begun := _BEGUN.search(context):
            context, word = context[: begun.start()], as_bytes(begun[0])
        places = self._nearest(as_bytes(context[-CONTEXT:]), word)
        for agrees, number, offset in islice(places, _PLACES):
            segment = self._segments[number]
            file = segment.file_of(offset)
            if agrees < LEAST or file in self._replaced[number]:
                continue
            place = _place(segment, offset, path=segment.paths[file], agrees=agrees)
            if place.agrees >= LEAST:  # so many bytes may be fewer characters
                yield place

    def _nearest(self, context: bytes, word: bytes) -> Iterator[tuple[int, int, int]]:
        """Agreement in bytes, number of the segment, offset in it."""
        found = (_numbered(number, each, context) for number, each in enumerate(self._segments))
        places = heapq.merge(*found, reverse=True)
        if not word:
            return places
        return (
            (min(agrees + len(word), DEPTH), number, offset + len(word))
            for agrees, number, offset in islice(places, _WALK)
            if self._segments[number].after(offset, len(word)) == word
        )


def _numbered(number: int, segment: Segment, context: bytes) -> Iterator[tuple[int, int, int]]:
    for agrees, offset in segment.nearest(context):
        yield agrees, number, offset


def _place(segment: Segment, offset: int, *, path: str, agrees: int) -> Place:
    before = segment.before(offset, VIEW)
    return Place(
        path=path,
        line=segment.line_of(offset),
        agrees=len(_text(before[-agrees:])),
        before=_text(before),
        after=_text(segment.after(offset, VIEW)),
    )


def _text(part: bytes) -> str:
    # The cut may have gone through a character.
    return part.decode(errors="ignore")
