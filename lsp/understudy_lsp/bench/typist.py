"""A person who types a text, and takes a suggestion when it is what they were about to type.

They press the keys that are on their way already; once a suggestion that is right has stood for
`NOTICE_S`, they press Tab. A suggestion is right if all of it comes next. One that is wrong costs
them no time.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Protocol

import msgspec

from understudy_lsp.bench.editor import Ghost
from understudy_lsp.bench.keys import first_key

NOTICE_S = 0.3
"""From a change on the screen to a key: simple visual reactions take 0.23 s (Woods et al. 2015),
and what is there has to be told from what was expected."""
LEAST = 3
"""Characters that are worth a key of their own."""


class Desk(Protocol):
    """An editor with its language server."""

    def edit(self, start: int, end: int, inserted: str) -> None: ...

    def ask(self, offset: int) -> asyncio.Future[Ghost | None]:
        """As an editor asks by itself after a key, in the place of what it asked before."""
        ...

    def accepted(self, ghost: Ghost) -> None:
        """The ghost text has been put in."""
        ...


class Pauses(Protocol):
    """Seconds before the key that follows the text `before`."""

    def before_key(self, before: str) -> float: ...

    def after_accepting(self, before: str) -> float: ...


class Tally(msgspec.Struct):
    keys: int = 0
    accepts: int = 0
    characters: int = 0
    """Accepted."""


async def type_text(
    desk: Desk, text: str, *, offset: int, before: str, pauses: Pauses, tally: Tally
) -> None:
    """Types `text` at `offset`; `before` is what stands before it. Adds to the tally."""
    screen = Screen(text)
    asked = desk.ask(offset)
    due = time.monotonic() + pauses.before_key(before + "\n")
    while screen.left:
        at = offset + len(text) - len(screen.left)
        if await _accepts(screen, asked, due):
            taken = screen.ghost
            assert taken is not None
            desk.edit(at, at, taken.text)
            desk.accepted(taken)
            tally.accepts += 1
            tally.characters += len(taken.text)
            put_in, pause = taken.text, pauses.after_accepting
        else:
            put_in, pause = first_key(screen.left), pauses.before_key
            desk.edit(at, at, put_in)
            tally.keys += 1
        screen.typed(put_in)
        due = time.monotonic() + pause(before + text[: len(text) - len(screen.left)])
        asked = desk.ask(at + len(put_in))


class Screen:
    """The ghost text at the cursor, beside what is still to be typed."""

    def __init__(self, left: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.left = left
        self.ghost: Ghost | None = None
        self.right_since: float | None = None
        """Since when it has been right; None while it is not."""
        self._clock = clock

    def shows(self, ghost: Ghost | None) -> None:
        self.ghost = ghost
        text = ghost.text if ghost else ""
        if len(text.strip()) < LEAST or not self.left.startswith(text):
            self.right_since = None
        elif self.right_since is None:
            self.right_since = self._clock()

    def typed(self, text: str) -> None:
        """Editors keep showing the rest of a ghost text as long as the keys agree with it."""
        self.left = self.left[len(text) :]
        ghost = self.ghost
        if ghost is not None and ghost.text.startswith(text) and ghost.text != text:
            self.shows(msgspec.structs.replace(ghost, text=ghost.text[len(text) :]))
        else:
            self.shows(None)


async def _accepts(screen: Screen, asked: asyncio.Future[Ghost | None], due: float) -> bool:
    """Waits for Tab's time (True) or the next key's (False), and watches the screen meanwhile."""
    heard = False
    while True:
        tab = None if screen.right_since is None else screen.right_since + NOTICE_S
        until = due if tab is None else min(due, tab)
        wait = until - time.monotonic()
        if wait <= 0:
            return tab is not None and tab <= due
        if heard:
            await asyncio.sleep(wait)
        elif (await asyncio.wait({asked}, timeout=wait))[0]:
            heard = True
            screen.shows(asked.result())
