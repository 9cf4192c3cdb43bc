"""Messages that lsprotocol 2025.0 does not have: additions of the published Copilot language server
protocol, of LSP 3.18's final text (`partialResultToken`), and our own. And those that come with
every key, read without what lsprotocol does for each of their fields.

Our own notifications to the client are `understudy/didGrow` and `understudy/didChangeStatus`.
"""

from typing import Any

import attrs
from cattrs import Converter
from lsprotocol import types
from pygls.protocol import default_converter

from understudy_lsp.document import Position

DID_SHOW = "textDocument/didShowCompletion"
DID_PARTIALLY_ACCEPT = "textDocument/didPartiallyAcceptCompletion"
DID_FOCUS = "textDocument/didFocus"
DID_REJECT = "understudy/didRejectCompletion"
DID_GROW = "understudy/didGrow"
DID_CHANGE_STATUS = "understudy/didChangeStatus"


FARTHEST = 2**31 - 1
"""The largest number that the protocol allows in a position."""
WIDEST_TAB = 16
"""Columns; twice what anybody uses."""

_INVOKED = types.InlineCompletionTriggerKind.Invoked.value


@attrs.define
class Change:
    """One of a `didChange`."""

    span: tuple[Position, Position] | None
    """From where to where `text` goes; None is the whole document."""
    text: str


@attrs.define
class ChangeParams:
    uri: str
    version: int
    changes: list[Change]


@attrs.define
class InlineCompletionParams:
    uri: str
    version: int | None
    """Of the document the client asks about, if it says so."""
    position: Position
    invoked: bool
    """The person asked; False if typing did."""
    partial_result_token: int | str | None
    tab_size: int
    insert_spaces: bool


@attrs.define
class ItemParams:
    """An item of ours as the client got it; other fields of it do not matter."""

    completion: str | None
    """The completion's id, from the item's command."""
    accepted_length: int = 0
    """UTF-16 code units from the start of the item's text, cumulative."""


@attrs.define
class FocusParams:
    uri: str | None
    position: Position | None


@attrs.define
class ChangeNotification:
    params: ChangeParams
    method: str = types.TEXT_DOCUMENT_DID_CHANGE
    jsonrpc: str = "2.0"


@attrs.define
class InlineCompletionRequest:
    id: int | str
    params: InlineCompletionParams
    method: str = types.TEXT_DOCUMENT_INLINE_COMPLETION
    jsonrpc: str = "2.0"


@attrs.define
class ItemNotification:
    params: ItemParams
    method: str
    jsonrpc: str = "2.0"


@attrs.define
class FocusNotification:
    params: FocusParams
    method: str = DID_FOCUS
    jsonrpc: str = "2.0"


MESSAGES: dict[str, type[Any]] = {
    types.TEXT_DOCUMENT_DID_CHANGE: ChangeNotification,
    types.TEXT_DOCUMENT_INLINE_COMPLETION: InlineCompletionRequest,
    DID_SHOW: ItemNotification,
    DID_PARTIALLY_ACCEPT: ItemNotification,
    DID_REJECT: ItemNotification,
    DID_FOCUS: FocusNotification,
}
"""What a message of a client is read as, by method."""


def converter() -> Converter:
    made: Converter = default_converter()
    made.register_structure_hook(types.Position, _lsp_position)
    made.register_structure_hook(ChangeNotification, _change_notification)
    made.register_structure_hook(InlineCompletionRequest, _inline_completion_request)
    made.register_structure_hook(FocusParams, _focus)
    made.register_structure_hook(ItemParams, _item)
    return made


def _change_notification(value: dict[str, Any], _: object) -> ChangeNotification:
    params: dict[str, Any] = value["params"]
    document: dict[str, Any] = params["textDocument"]
    changes = [_change(change) for change in params["contentChanges"]]
    read = ChangeParams(str(document["uri"]), int(document["version"]), changes)
    return ChangeNotification(read, jsonrpc=value["jsonrpc"])


def _change(value: dict[str, Any]) -> Change:
    if "range" not in value:
        return Change(None, str(value["text"]))
    span: dict[str, Any] = value["range"]
    return Change((_position(span["start"]), _position(span["end"])), str(value["text"]))


def _inline_completion_request(value: dict[str, Any], _: object) -> InlineCompletionRequest:
    params: dict[str, Any] = value["params"]
    document: dict[str, Any] = params["textDocument"]
    version = document.get("version")
    options: dict[str, Any] = params.get("formattingOptions") or {}
    token = params.get("partialResultToken")
    read = InlineCompletionParams(
        uri=str(document["uri"]),
        version=version if isinstance(version, int) else None,
        position=_position(params["position"]),
        invoked=params.get("context", {}).get("triggerKind") == _INVOKED,
        partial_result_token=token if isinstance(token, int | str) else None,
        tab_size=min(max(int(options.get("tabSize", 4)), 0), WIDEST_TAB),
        insert_spaces=bool(options.get("insertSpaces", True)),
    )
    return InlineCompletionRequest(value["id"], read, jsonrpc=value["jsonrpc"])


def _focus(value: dict[str, Any], _: object) -> FocusParams:
    document, position = value.get("textDocument"), value.get("position")
    return FocusParams(
        str(document["uri"]) if document else None,
        _position(position) if position else None,
    )


def _position(value: dict[str, Any]) -> Position:
    """lsprotocol refuses what is out of range; then the document would not be the client's any
    more. 2³² - 1, which some mean as the end of the line, is out of range."""
    return Position(
        min(max(int(value["line"]), 0), FARTHEST), min(max(int(value["character"]), 0), FARTHEST)
    )


def _lsp_position(value: dict[str, Any], _: object) -> types.Position:
    position = _position(value)
    return types.Position(position.line, position.character)


def _item(value: dict[str, Any], _: object) -> ItemParams:
    """Clients send the whole item back; some leave its command out."""
    try:
        completion = value["item"]["command"]["arguments"][0]
    except (KeyError, IndexError, TypeError):
        completion = None
    length = value.get("acceptedLength", 0)
    return ItemParams(
        completion if isinstance(completion, str) else None,
        length if isinstance(length, int) else 0,
    )
