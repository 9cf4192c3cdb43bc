"""Ghost text that grows while the model writes.

No client takes partial results yet, so an editor that can do it is told that there is more and asks
again (`understudy/didGrow`); a client that sends a `partialResultToken` gets the texts themselves.
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


async def tell_growth(session: "Session", snapshot: Snapshot, suggestion: Suggestion) -> None:
    """Tells the editor, as long as the suggestion still stands where it was offered."""
    stream = session.streams.of(snapshot.uri)
    if stream is None or stream.running.completion != suggestion.completion:
        return
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
            session.refresh(snapshot)
            session.client.grown(suggestion, snapshot=snapshot, done=running.ended)
            if running.ended:
                return
    session.streams.release(snapshot.uri)


async def grown_texts(
    session: "Session", folder: Folder, snapshot: Snapshot, suggestion: Suggestion
) -> AsyncGenerator[Suggestion]:
    """The suggestion again each time it is a line longer, until it is whole."""
    stream = session.streams.of(snapshot.uri)
    while stream is not None and suggestion.growing:
        with stream.running.wanted():
            await stream.running.until_longer(len(stream.running.text))
        session.settle()
        longer = await suggest(session, folder, snapshot, manual=False, grows=True)
        if longer is None or longer.completion != suggestion.completion:
            return
        if longer.text != suggestion.text:
            yield longer
        suggestion = longer
