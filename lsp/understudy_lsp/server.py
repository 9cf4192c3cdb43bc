"""The language server: pygls for the protocol, `features/` for what it can do, `session` for what
is open."""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from functools import cached_property, partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer
from pygls.protocol import LanguageServerProtocol

from understudy_lsp import json_text, lsp_types
from understudy_lsp.client import EditorClient
from understudy_lsp.document import Document, Encoding, Position
from understudy_lsp.fault import report
from understudy_lsp.language_ids import language_in
from understudy_lsp.snapshot import Edit
from understudy_protocol.errors import UnderstudyError

if TYPE_CHECKING:
    from understudy_lsp.session import Session
    from understudy_lsp.simulation import Simulation

Handler = Callable[[Any], Awaitable[Any]]

INTERNAL_ERROR = types.ErrorCodes.InternalError.value


class Protocol(LanguageServerProtocol):
    """pygls' own, with the messages that lsprotocol lacks.

    The messages that come with a key go a shorter way. After a pause the processor's caches hold
    nothing of ours, and pygls' way to a handler and back takes half a millisecond then.
    """

    def handle_message(self, message: Any) -> None:
        server = cast(Understudy, self._server)
        if "session" in vars(server):
            server.session.settle()
        if message.jsonrpc != self.VERSION or self._shutdown:
            super().handle_message(message)
        elif isinstance(message, lsp_types.ChangeNotification):
            try:
                server.changed(message.params)
            except Exception as error:
                report("a notification was not dealt with", error)
        elif isinstance(message, lsp_types.InlineCompletionRequest):
            features = cast(dict[str, Handler], self.fm.features)  # pyright: ignore[reportUnknownMemberType]
            self._ask(message.id, features[message.method], message.params)
        else:
            super().handle_message(message)

    def _ask(self, msg_id: int | str, handler: Handler, params: Any) -> None:
        task = asyncio.create_task(self._answer(msg_id, handler, params))
        self._request_futures[msg_id] = cast(Any, task)
        task.add_done_callback(partial(self._unanswered, msg_id=msg_id))

    async def _answer(self, msg_id: int | str, handler: Handler, params: Any) -> None:
        """Sends the answer as soon as it is there: pygls sends it in the event loop's next turn,
        after whatever else is ready by then."""
        result = await handler(params)
        self._request_futures.pop(msg_id, None)
        self._send_response(msg_id, result)

    def _unanswered(self, task: asyncio.Task[None], *, msg_id: int | str) -> None:
        if task.cancelled() or task.exception() is not None:
            self._send_handler_result(cast(Any, task), msg_id=msg_id)

    def _send_response(
        self,
        msg_id: int | str,
        result: Any | None = None,
        error: types.ResponseError | None = None,
    ) -> None:
        """An answer in plain dictionaries is not converted first."""
        if error is not None or self.writer is None or not isinstance(result, dict):
            super()._send_response(msg_id, result, error)
            return
        body = json_text.encode({"jsonrpc": self.VERSION, "id": msg_id, "result": result})
        self.writer.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))

    def _send_handler_result(self, future: Future[Any], *, msg_id: int | str) -> None:
        """pygls would answer with the error's own words and where it came from."""
        error = None if future.cancelled() else future.exception()
        if error is None or isinstance(error, JsonRpcException):
            super()._send_handler_result(future, msg_id=msg_id)
            return
        self._request_futures.pop(msg_id, None)
        if isinstance(error, UnderstudyError):
            told = f"{error.problem} {error.remedy}"
        else:
            report("a request failed", error)
            told = "Something is wrong inside Understudy. Its log says where."
        self._send_response(msg_id, error=types.ResponseError(INTERNAL_ERROR, told))

    def _check_handler_result(self, future: Future[Any]) -> None:
        if not future.cancelled() and (error := future.exception()) is not None:
            report("a notification was not dealt with", error)

    def get_message_type(self, method: str) -> type[Any] | None:  # pyright: ignore[reportIncompatibleVariableOverride]
        return lsp_types.MESSAGES.get(method) or super().get_message_type(method)


class Understudy(LanguageServer):
    """Documents are ours in the place of pygls', which splits lines where the protocol does not
    (see `lines`)."""

    def __init__(self, *, simulation: "Simulation | None" = None) -> None:
        super().__init__(  # pyright: ignore[reportUnknownMemberType]
            "understudy",
            version("understudy"),
            text_document_sync_kind=types.TextDocumentSyncKind.Incremental,
            protocol_cls=Protocol,
            converter_factory=lsp_types.converter,
        )
        self.editor = EditorClient(self)
        self.simulation = simulation
        self.roots: list[Path] = []
        """Folders that the editor works in, as `initialize` told."""
        self.options: dict[str, Any] = {}
        """Settings that came with `initialize`."""
        features = cast(dict[str, Any], self.protocol.fm.builtin_features)  # pyright: ignore[reportUnknownMemberType]
        features[types.TEXT_DOCUMENT_DID_OPEN] = self._opened
        features[types.TEXT_DOCUMENT_DID_CLOSE] = self._closed

    @cached_property
    def session(self) -> "Session":
        """Comes with `initialized`: its imports would hold up the answer to `initialize`."""
        from understudy_lsp.session import Session

        transport = self.simulation.transport if self.simulation else None
        return Session(self.editor, transport=transport)

    def report_server_error(self, error: Exception, source: Any) -> None:
        """pygls would show every error to the person; what they can do something about is in the
        status."""
        report("a message was not dealt with", error)

    def _opened(self, params: types.DidOpenTextDocumentParams) -> None:
        opened = params.text_document
        encoding = Encoding(self.server_capabilities.position_encoding or Encoding.UTF16)
        document = Document(
            opened.uri,
            opened.text,
            # Some say `null`, which pygls lets through.
            language=language_in(opened.uri, named=str(opened.language_id)),
            version=opened.version,
            encoding=encoding,
        )
        self.session.opened(document)

    def changed(self, params: lsp_types.ChangeParams) -> None:
        document = self.session.documents.get(params.uri)
        if document is None:
            return
        edits = [_apply(document, change) for change in params.changes]
        document.version = params.version
        self.session.changed(document, edits)

    def _closed(self, params: types.DidCloseTextDocumentParams) -> None:
        self.session.closed(params.text_document.uri)


def position_of(position: types.Position) -> Position:
    return Position(position.line, position.character)


def _apply(document: Document, change: lsp_types.Change) -> Edit:
    if change.span is None:
        return document.replace_all(change.text)
    return document.replace(*change.span, change.text)
