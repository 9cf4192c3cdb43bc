"""What else is known to follow at a cursor, for whoever asked by hand: they may turn from one
suggestion to the next.

Nothing is asked for it: it is what the model wrote, if a copy was likelier, and other copies. Only
the first of an answer is offered, to the tracker and to the cache. Another one is when the person
turns to it: the editor says that it drew it, or, if it says nothing of that, what became of it.
Then the one before has gone from the screen, with a life and an outcome of its own. So what nobody
turned to leaves no trace, and whatever is drawn unsaid counts for the first. (An editor that says
of another only that it was taken has inserted it by then: that is told, but not what is kept.)
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from understudy_lsp.experience.moment import Moment
from understudy_lsp.filters.verdict import Hide
from understudy_lsp.folders import Folder
from understudy_lsp.offer import Text, judged
from understudy_lsp.outlook import Outlook
from understudy_lsp.snapshot import Snapshot
from understudy_lsp.suggestion import Suggestion
from understudy_protocol.completion import CompletionId
from understudy_protocol.events import Reuse

if TYPE_CHECKING:
    from understudy_lsp.session import Session

CHOICE = 3
"""Suggestions of one answer, the first included: the next is usually further from right."""


def alternatives(
    session: "Session", folder: Folder, snapshot: Snapshot, first: Suggestion
) -> list[Suggestion]:
    """The other suggestions of an answer; those that a filter hides are nobody's loss."""
    if not session.is_current(snapshot):
        return []
    outlook = session.preparation.outlook(folder, snapshot)
    found = [first]
    for text in _known(session, outlook):
        other = judged(text, outlook)
        if isinstance(other, Hide) or any(each.text.startswith(other.text) for each in found):
            continue
        found.append(other)
        if len(found) == CHOICE:
            break
    session.choices.given(found, snapshot, folder)
    return found[1:]


def _known(session: "Session", outlook: Outlook) -> Iterator[Text]:
    snapshot, folder = outlook.snapshot, outlook.folder
    stream = session.streams.of(snapshot.uri)
    left = stream.running.left(snapshot) if stream else None
    if stream is not None and left is not None and left.text:
        yield Text.of_stream(stream, left, reuse=Reuse.NONE)
    if session.settings.sources.copies:
        texts = session.documents.texts(folder)
        # One more, because one of them may be the first.
        copies = folder.copies.candidates(snapshot, open_texts=texts, limit=CHOICE + 1)
        yield from map(Text.of_copy, copies)


class Choices:
    """What the last answer held that somebody asked for by hand."""

    def __init__(self, session: "Session") -> None:
        self._session = session
        self._given: dict[CompletionId, Suggestion] = {}
        self._place: tuple[Snapshot, Folder] | None = None

    def given(self, suggestions: list[Suggestion], snapshot: Snapshot, folder: Folder) -> None:
        self._given = {each.completion: each for each in suggestions}
        self._place = snapshot, folder

    def decided(self) -> None:
        """One of them was taken or refused, and all are gone from the screen."""
        self._given = {}

    def turned_to(self, completion: CompletionId, *, moment: Moment) -> None:
        """The editor says something of a suggestion: it is, or was, on the screen."""
        session, chosen = self._session, self._given.get(completion)
        if chosen is None or self._place is None or session.is_last(chosen):
            return
        snapshot, folder = self._place
        text = session.documents.text_of(chosen.uri) or ""
        if not session.is_current(snapshot) and not text.startswith(chosen.text, chosen.offset):
            return  # it was about another text
        # Whoever chose it does not lose it by typing along because it was not likely.
        known = msgspec.structs.replace(chosen, likelihood=None)
        session.cache.offered(snapshot, known, whole=known.text, complete=False, now=moment.now)
        session.offered(chosen, snapshot, folder, moment=moment)
