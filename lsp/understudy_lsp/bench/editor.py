"""One open document as an editor keeps it, and what an editor says of it to a language server."""

import asyncio
from pathlib import Path
from typing import Any

import msgspec

from understudy_lsp.bench.connection import Answer, Connection
from understudy_lsp.document import Document, Encoding, Position


class Ghost(msgspec.Struct, frozen=True):
    """What a language server suggests at the cursor."""

    text: str
    """What would be put in at the cursor."""
    command: dict[str, Any] | None = None
    """To be run after that."""


class Editor:
    def __init__(self, connection: Connection, file: Path, text: str, *, language: str) -> None:
        self.connection = connection
        self.uri = file.as_uri()
        self.document = Document(
            self.uri, text, language=language, version=1, encoding=Encoding.UTF16
        )
        item = {"uri": self.uri, "languageId": language, "version": 1, "text": text}
        connection.tell("textDocument/didOpen", {"textDocument": item})

    def edit(self, start: int, end: int, inserted: str) -> None:
        """Offsets are characters of the text; a key is an edit."""
        document = self.document
        first, last = document.position(start), document.position(end)
        document.replace(first, last, inserted)
        document.version += 1
        change = {"range": {"start": told(first), "end": told(last)}, "text": inserted}
        named = {"uri": self.uri, "version": document.version}
        params = {"textDocument": named, "contentChanges": [change]}
        self.connection.tell("textDocument/didChange", params)

    def ask(
        self, method: str, offset: int, context: dict[str, Any]
    ) -> tuple[int, asyncio.Future[Answer]]:
        named = {"uri": self.uri, "version": self.document.version}
        position = told(self.document.position(offset))
        params = {"textDocument": named, "position": position, "context": context}
        return self.connection.ask(method, params)

    def run(self, command: dict[str, Any]) -> None:
        params = {"command": command["command"], "arguments": command.get("arguments", [])}
        self.connection.ask("workspace/executeCommand", params)

    def close(self) -> None:
        self.connection.tell("textDocument/didClose", {"textDocument": {"uri": self.uri}})

    def ghost(self, item: dict[str, Any], offset: int) -> Ghost | None:
        """What an item of inline completion or of a menu suggests at the cursor; None if it changes
        anything else than what follows there."""
        edit = item.get("textEdit", item)
        start, end = (self._offset(edit["range"][side]) for side in ("start", "end"))
        typed, text = self.document.text[start:offset], edit.get("newText") or edit["insertText"]
        if end != offset or not text.startswith(typed):
            return None
        return Ghost(text[len(typed) :], item.get("command"))

    def _offset(self, position: dict[str, int]) -> int:
        return self.document.offset(Position(position["line"], position["character"]))


def told(position: Position) -> dict[str, int]:
    return {"line": position.line, "character": position.character}
