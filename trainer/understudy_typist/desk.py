"""How a language server is asked for ghost text after a key, and how a person waits for it."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import msgspec

from understudy_typist.connection import Answer
from understudy_typist.editor import Editor, Ghost


class Asking(msgspec.Struct, frozen=True):
    method: str
    context: Callable[[str], dict[str, Any]]
    """Of a request, by the character before the cursor."""
    read: Callable[[Editor, Any, int], Ghost | None]
    """What the result suggests at an offset."""


class EditorDesk:
    """One document. A request takes the place of the one before, which is cancelled."""

    def __init__(self, editor: Editor, asking: Asking) -> None:
        self.edit = editor.edit
        self.accepted = editor.accepted
        self.partially_accepted = editor.partially_accepted
        self._editor = editor
        self._asking = asking
        self._running: tuple[int, asyncio.Future[Answer]] | None = None

    def ask(self, offset: int) -> asyncio.Future[Ghost | None]:
        editor, asking = self._editor, self._asking
        if self._running is not None and not self._running[1].done():
            editor.connection.cancel(self._running[0])
        last = editor.text[offset - 1 : offset]
        self._running = editor.ask(asking.method, offset, asking.context(last))
        return asyncio.ensure_future(self._ghost(self._running[1], offset))

    def now(self) -> float:
        return time.monotonic()

    async def wait(self, asked: asyncio.Future[Ghost | None], until: float) -> None:
        left = until - time.monotonic()
        if asked.done():
            await asyncio.sleep(left)
        else:
            await asyncio.wait({asked}, timeout=left)

    async def _ghost(self, answer: asyncio.Future[Answer], offset: int) -> Ghost | None:
        version = self._editor.version
        try:
            result = (await answer).result
        except asyncio.IncompleteReadError:  # the server was ended
            return None
        if result is None or self._editor.version != version:
            return None
        return self._asking.read(self._editor, result, offset)


STRIDE_S = 30.0
"""While nobody types, the language server's clocks tick so far apart."""


class SimulatedDesk(EditorDesk):
    """The same by a simulated clock, which the language server keeps (`--simulated-clock`)."""

    def __init__(self, editor: Editor, asking: Asking, *, now: float = 0.0) -> None:
        super().__init__(editor, asking)
        self._connection = editor.connection
        self._now = now

    def now(self) -> float:
        return self._now

    async def wait(self, asked: asyncio.Future[Ghost | None], until: float) -> None:
        await self._advance({"to": until})
        assert self._running is not None
        if self._running[1].done():  # what reads it is a task of its own
            await asyncio.wait({asked})

    async def rest(self, seconds: float, *, at: int | None = None) -> None:
        """Nobody types; `at` is the date before that, in milliseconds since the epoch."""
        until = self._now + seconds
        dated = {} if at is None else {"at": at}
        while self._now < until:
            await self._advance({"to": until, "stride": STRIDE_S, **dated})
            dated = {}

    async def _advance(self, params: dict[str, float]) -> None:
        self._now = (await self._connection.answer("understudy/advance", params)).result["now"]


INVOKED, AUTOMATIC = {"triggerKind": 1}, {"triggerKind": 2}


def suggested(editor: Editor, result: Any, offset: int) -> Ghost | None:
    """The first item of an answer to `textDocument/inlineCompletion`."""
    items: list[dict[str, Any]] = result["items"] if result else []
    return editor.ghost(items[0], offset) if items else None


BY_HAND = Asking("textDocument/inlineCompletion", lambda last: INVOKED, suggested)
"""As a person asks with a key: nothing is held back because it may be wrong."""

INLINE = Asking("textDocument/inlineCompletion", lambda last: AUTOMATIC, suggested)
