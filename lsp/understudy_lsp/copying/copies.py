"""What usually follows here: the longest context of the cursor that stands somewhere else too.

Open documents are searched as they are now, everything else as it is on disk. What is found is put
in order by `confidence.py`.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Protocol

import msgspec

from understudy_lsp.completion_ids import new_completion_id
from understudy_lsp.copying.confidence import judge
from understudy_lsp.copying.open_text import places_in
from understudy_lsp.copying.place import CONTEXT, Place
from understudy_lsp.copying.saved_text import SavedText
from understudy_lsp.copying.secret import may_hold_secret
from understudy_lsp.snapshot import Snapshot, last_line_end, next_line_end
from understudy_protocol.completion import CompletionId

PLACES = 32
"""So many places are heard of either side of the cursor, and of all saved texts; 48 made no better
copies."""

OF_EACH = 8
"""So many are heard of another open document."""

WINDOW = 60_000
"""Characters of the document searched on both sides of the cursor, some 1,500 lines; what is
further away is found on disk if it is still the same."""

OTHERS = 120_000
"""Characters searched of other open documents; half a millisecond."""

SMALL = 2_000
"""Nothing more is searched when so little is left of that."""

NAMED = 4
"""Places of a copy that are named."""

LONGEST = 200
"""Characters of a copy; a longer line is data."""

Region = tuple[str, int, int]
"""A path, and from where to where its open text is searched."""


class Saved(Protocol):
    """What copies need of the index."""

    def segments(self) -> Sequence[Path]:
        """Files of segments, the newest first."""
        ...

    def outdated(self, path: str) -> bool:
        """Whether the file changed or went since the newest segment that holds it was written."""
        ...

    def allowed(self, path: str) -> bool:
        """Whether text of the file may be used at all."""
        ...


class Copy(msgspec.Struct, frozen=True):
    """A line that stands elsewhere after the same text."""

    completion: CompletionId
    text: str
    """From the cursor to the end of the line."""
    confidence: float
    """Probability from 0 to 1 that this is what will be written."""
    length: int
    """Characters before the cursor that are the same there, at most `CONTEXT`."""
    places: tuple[Place, ...]
    """Where it stands, longest agreement first; at most `NAMED`."""


class Copies:
    """The searches of one folder."""

    def __init__(self, index: Saved) -> None:
        self._index = index
        self._saved = SavedText()

    def find(self, snapshot: Snapshot, *, open_texts: Mapping[str, str]) -> Copy | None:
        """The likeliest copy at the cursor; `open_texts` are documents by path, the one that was
        used last at the end."""
        return next(iter(self.candidates(snapshot, open_texts=open_texts, limit=1)), None)

    def candidates(
        self, snapshot: Snapshot, *, open_texts: Mapping[str, str], limit: int
    ) -> list[Copy]:
        """At most `limit` different copies, the likeliest first."""
        found = self._copies(snapshot, {**open_texts, snapshot.path: snapshot.text})
        return list(islice(found, limit))

    def _copies(self, snapshot: Snapshot, texts: Mapping[str, str]) -> Iterator[Copy]:
        before = snapshot.before[-LONGEST:]
        for each in judge(self.places(snapshot, texts), snapshot):
            if len(each.text) > LONGEST or may_hold_secret(before + each.text):
                continue
            # Asking costs a tenth of a millisecond a file, so it is left to the end.
            usable = (place for place in each.places if self._may_be_used(place, snapshot, texts))
            if places := tuple(islice(usable, NAMED)):
                yield Copy(
                    completion=new_completion_id(),
                    text=each.text,
                    confidence=each.confidence,
                    length=places[0].agrees,
                    places=places,
                )

    def places(self, snapshot: Snapshot, texts: Mapping[str, str]) -> list[Place]:
        """Where the text before the cursor stands elsewhere too. `texts` are the open documents
        with the snapshot's own. Saved places may be of files that may not be used."""
        context = snapshot.text[max(0, snapshot.offset - CONTEXT) : snapshot.offset]
        regions = list(self._regions(texts, snapshot))
        found: list[Place] = []
        for path, start, end in regions:
            limit = PLACES if path == snapshot.path else OF_EACH
            found += places_in(
                path, texts[path], context=context, start=start, end=end, limit=limit
            )
        self._saved.use(self._index.segments())
        saved = self._saved.places(context)
        found += islice((each for each in saved if _is_new(each, texts, regions)), PLACES)
        return sorted(found, key=lambda place: place.agrees, reverse=True)

    def _regions(self, texts: Mapping[str, str], snapshot: Snapshot) -> Iterator[Region]:
        """What to search of the document and, the last used first, of others."""
        text, offset = snapshot.text, snapshot.offset
        # What stands before the cursor in its own line is followed by nothing that is known yet.
        yield snapshot.path, last_line_end(text, max(0, offset - WINDOW)), snapshot.line_start
        yield snapshot.path, offset, next_line_end(text, min(len(text), offset + WINDOW))
        left = OTHERS
        for path in reversed(list(texts)):
            if left < SMALL:
                return
            if path != snapshot.path and len(texts[path]) <= left and self._index.allowed(path):
                left -= len(texts[path])
                yield path, 0, len(texts[path])

    def _may_be_used(self, place: Place, snapshot: Snapshot, texts: Mapping[str, str]) -> bool:
        path = place.path
        if path == snapshot.path:
            return True
        return self._index.allowed(path) and (path in texts or not self._index.outdated(path))


def _is_new(place: Place, texts: Mapping[str, str], searched: Sequence[Region]) -> bool:
    """Whether a saved place is still there, and was not found in an open document already."""
    if place.path not in texts:
        return True
    # What was not searched of it may be as it was.
    text, line = texts[place.path], place.whole_line
    start = min((start for path, start, _ in searched if path == place.path), default=0)
    end = max((end for path, _, end in searched if path == place.path), default=0)
    return bool(line) and (text.find(line, 0, start) >= 0 or text.find(line, end) >= 0)
