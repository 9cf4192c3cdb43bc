"""One open document as an editor keeps it, and what an editor says of it to a language server."""

import asyncio
from pathlib import Path
from typing import Any

import msgspec

from understudy_typist.connection import Answer, Connection
from understudy_typist.text import Text, units


class Ghost(msgspec.Struct, frozen=True):
    """What a language server suggests at the cursor."""

    text: str
    """What would be put in at the cursor."""
    command: dict[str, Any] | None = None
    """To be run after that."""
    passed: int = 0
    """UTF-16 units of the item's text that stand before it already."""

    @property
    def completion(self) -> str | None:
        return self.command["arguments"][0] if self.command else None

    def after(self, text: str) -> "Ghost":
        """What is left of it after `text`."""
        left, passed = self.text[len(text) :], self.passed + units(text)
        return msgspec.structs.replace(self, text=left, passed=passed)


class Editor:
    def __init__(self, connection: Connection, file: Path, text: str, *, language: str) -> None:
        self.connection = connection
        self.uri = file.as_uri()
        self.version = 1
        self._text = Text(text)
        item = {"uri": self.uri, "languageId": language, "version": 1, "text": text}
        connection.tell("textDocument/didOpen", {"textDocument": item})

    @property
    def text(self) -> str:
        return self._text.whole

    def edit(self, start: int, end: int, inserted: str) -> None:
        """Offsets are characters of the text; a key is an edit."""
        span = {"start": self._text.position(start), "end": self._text.position(end)}
        self._text.replace(start, end, inserted)
        self.version += 1
        named = {"uri": self.uri, "version": self.version}
        params = {"textDocument": named, "contentChanges": [{"range": span, "text": inserted}]}
        self.connection.tell("textDocument/didChange", params)

    def ask(
        self, method: str, offset: int, context: dict[str, Any]
    ) -> tuple[int, asyncio.Future[Answer]]:
        named = {"uri": self.uri, "version": self.version}
        position = self._text.position(offset)
        params = {"textDocument": named, "position": position, "context": context}
        return self.connection.ask(method, params)

    def accepted(self, ghost: Ghost) -> None:
        """The whole of it has been put in."""
        if (command := ghost.command) is not None:
            params = {"command": command["command"], "arguments": command.get("arguments", [])}
            self.connection.ask("workspace/executeCommand", params)

    def partially_accepted(self, ghost: Ghost, text: str) -> None:
        """The beginning of it has been put in, by word or by line."""
        length = ghost.passed + units(text)
        params = {"item": {"command": ghost.command}, "acceptedLength": length}
        self.connection.tell("textDocument/didPartiallyAcceptCompletion", params)

    def close(self) -> None:
        self.connection.tell("textDocument/didClose", {"textDocument": {"uri": self.uri}})

    def ghost(self, item: dict[str, Any], offset: int) -> Ghost | None:
        return ghost_of(self._text, item, offset)


def ghost_of(text: Text, item: dict[str, Any], offset: int) -> Ghost | None:
    """What an item of inline completion or of a menu puts in at the cursor; None if that is
    nothing, or it changes anything else. One that goes on over a bracket that stands there already
    puts in what is before that."""
    edit = item.get("textEdit", item)
    start, end = (text.offset(edit["range"][side]) for side in ("start", "end"))
    typed, there = text.whole[start:offset], text.whole[offset:end]
    given: str = edit["newText"] if "newText" in edit else edit["insertText"]
    if not given.startswith(typed) or not given[len(typed) :].endswith(there):
        return None
    ghost = Ghost(given.removesuffix(there), item.get("command")).after(typed)
    return ghost if ghost.text else None
