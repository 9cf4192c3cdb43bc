"""Ghost text that grows while the model writes.

No client takes partial results yet, so an editor that can do it is told that there is more and asks
again (`understudy/didGrow`); a client that sends a `partialResultToken` gets the texts themselves.

The protocol (3.18) only ever adds to a result: each partial result is more items, and the answer
that ends it brings none. So each longer text is an item of its own, with the command of those
before it: the last item that came is the one to show, in the place of the others. A suggestion that
does not grow is a plain answer.
"""

import asyncio
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING

from understudy_lsp import clock
from understudy_lsp.folders import Folder
from understudy_lsp.snapshot import Snapshot
from understudy_lsp.suggest import suggest
from understudy_lsp.suggestion import Suggestion

if TYPE_CHECKING:
    from understudy_lsp.session import Session

REFRESHES = 3
"""Most times that one suggestion grows on the screen: first line, some more, all of it."""
REFRESH_S = 0.3
"""The least pause between two; below it an editor has frames without any text (measured frame by
frame in VS Code 1.139)."""


async def tell_growth(
    session: "Session", snapshot: Snapshot, suggestion: Suggestion, *, manual: bool
) -> None:
    """Tells the editor, as long as the suggestion still stands where it was offered. `manual`: it
    was asked for by hand, and so will be what it grows to."""
    stream = session.streams.of(snapshot.uri)
    place = (snapshot.version, snapshot.offset)
    if stream is None or not stream.wrote(suggestion.completion) or stream.grows_at == place:
        return  # the last: the editor asked there before, and is told already
    stream.grows_at = place
    running = stream.running
    lines = running.text.count("\n")
    with running.wanted():
        for left in reversed(range(REFRESHES)):
            told = clock.now()
            # The last refresh is kept for the whole text.
            while not running.ended and (left == 0 or running.text.count("\n") <= lines):
                await running.until_longer(len(running.text))
            await asyncio.sleep(max(0.0, told + REFRESH_S - clock.now()))
            if running.text.count("\n") <= lines and not running.ended:
                continue
            if not session.stands(snapshot, suggestion):
                return
            lines = running.text.count("\n")
            session.refresh(snapshot, manual=manual)
            session.client.grown(suggestion, snapshot=snapshot, done=running.ended)
            if running.ended:
                return
    session.streams.release(snapshot.uri)


async def grown_texts(
    session: "Session",
    folder: Folder,
    snapshot: Snapshot,
    suggestion: Suggestion,
    *,
    manual: bool,
) -> AsyncGenerator[Suggestion]:
    """The suggestion, and again each time it is a line longer, until it is whole."""
    yield suggestion
    stream = session.streams.of(snapshot.uri)
    while stream is not None and suggestion.growing:
        with stream.running.wanted():
            await stream.running.until_longer(len(stream.running.text))
        session.settle()
        longer = await suggest(session, folder, snapshot, manual=manual, grows=True)
        if longer is None or longer.completion != suggestion.completion:
            return
        if longer.text != suggestion.text:
            yield longer
        suggestion = longer
