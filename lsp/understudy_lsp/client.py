"""What the language server says to the editor without being asked."""

import asyncio
from typing import TYPE_CHECKING

from lsprotocol import types

from understudy_lsp import lsp_types
from understudy_lsp.snapshot import Snapshot
from understudy_lsp.status import Kind, Status
from understudy_lsp.suggestion import Suggestion
from understudy_protocol.repository import RepositoryId

if TYPE_CHECKING:
    from understudy_lsp.server import Understudy

NOT_NOW, REMEMBER, NEVER = "Not now", "Remember", "Do not remember"
"""In this order: some editors take the first for an Enter that was meant for the text."""

AFTER_ANSWER_S = 0.1
"""Emacs loses a question that comes while it waits for a suggestion."""


class EditorClient:
    def __init__(self, server: "Understudy") -> None:
        self._server = server
        self.grows = False
        """The editor asks again when it is told that a suggestion has grown."""
        self.shows_status = False
        """The editor has a place for `understudy/didChangeStatus`."""
        self._in_trouble = False

    def status(self, status: Status) -> None:
        """Where the editor has no place for it, trouble is told with what every editor has: once,
        until all is well again."""
        params = {
            "kind": status.kind.value,
            "message": status.message,
            "remedy": status.remedy,
            "model": status.model,
            "release": status.release,
        }
        self._server.protocol.notify(lsp_types.DID_CHANGE_STATUS, params)
        in_trouble = status.kind is Kind.TROUBLE
        if in_trouble and not self._in_trouble and not self.shows_status:
            message = f"{status.message} {status.remedy}".strip()
            self._server.window_show_message(
                types.ShowMessageParams(types.MessageType.Warning, message)
            )
        self._in_trouble = in_trouble

    def grown(self, suggestion: Suggestion, *, snapshot: Snapshot, done: bool) -> None:
        document = self._server.session.documents[snapshot.uri]
        at = document.position(snapshot.offset)
        params = {
            "uri": snapshot.uri,
            "version": snapshot.version,
            "position": {"line": at.line, "character": at.character},
            "completion": suggestion.completion,
            "done": done,
        }
        self._server.protocol.notify(lsp_types.DID_GROW, params)

    async def may_remember(self, repository: RepositoryId) -> bool | None:
        """Asked with the editor's own dialogue; None if it was closed."""
        await asyncio.sleep(AFTER_ANSWER_S)
        name = repository.rpartition("-")[0]
        answer = await self._server.window_show_message_request_async(
            types.ShowMessageRequestParams(
                type=types.MessageType.Info,
                message=(
                    f"May Understudy remember what becomes of its suggestions in {name}, to learn "
                    "from it? It stays on your gateway, secrets are taken out, and `understudy "
                    "forget` deletes it."
                ),
                actions=[types.MessageActionItem(title) for title in (NOT_NOW, REMEMBER, NEVER)],
            )
        )
        return None if answer is None or answer.title == NOT_NOW else answer.title == REMEMBER
