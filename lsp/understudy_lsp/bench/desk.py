"""How each of the two language servers is asked for ghost text after a key."""

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec

from understudy_lsp.bench.connection import Answer
from understudy_lsp.bench.editor import Editor, Ghost
from understudy_lsp.bench.language_server import AUTOMATIC, suggested


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
        self._editor = editor
        self._asking = asking
        self._running: tuple[int, asyncio.Future[Answer]] | None = None

    def ask(self, offset: int) -> asyncio.Future[Ghost | None]:
        editor, asking = self._editor, self._asking
        if self._running is not None and not self._running[1].done():
            editor.connection.cancel(self._running[0])
        last = editor.document.text[offset - 1 : offset]
        self._running = editor.ask(asking.method, offset, asking.context(last))
        return asyncio.ensure_future(self._ghost(self._running[1], offset))

    def accepted(self, ghost: Ghost) -> None:
        if ghost.command is not None:
            self._editor.run(ghost.command)

    async def _ghost(self, answer: asyncio.Future[Answer], offset: int) -> Ghost | None:
        version = self._editor.document.version
        try:
            result = (await answer).result
        except asyncio.IncompleteReadError:  # the server was ended
            return None
        if result is None or self._editor.document.version != version:
            return None
        return self._asking.read(self._editor, result, offset)


def _menu_item(editor: Editor, result: Any, offset: int) -> Ghost | None:
    """The first item of an answer to `textDocument/completion`."""
    items: list[dict[str, Any]] = result["items"]
    return editor.ghost(items[0], offset) if items else None


OURS = Asking("textDocument/inlineCompletion", lambda last: AUTOMATIC, suggested)
TABBYS = Asking(
    # Without a trigger character it takes a key for a request by hand, and asks six times.
    "textDocument/completion",
    lambda last: {"triggerKind": 2, "triggerCharacter": last},
    _menu_item,
)
