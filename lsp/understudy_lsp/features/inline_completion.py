"""`textDocument/inlineCompletion`: ghost text, for editors that have it.

Answers are plain dictionaries, as they go over the wire: to convert one of lsprotocol's takes a
tenth of a millisecond.
"""

from typing import Any

from lsprotocol import types

from understudy_lsp.alternatives import alternatives
from understudy_lsp.document import Position
from understudy_lsp.fault import report
from understudy_lsp.features.items import ACCEPTED
from understudy_lsp.features.newest import Superseded, newest
from understudy_lsp.growth import grown_texts, tell_growth
from understudy_lsp.lsp_types import InlineCompletionParams
from understudy_lsp.server import Understudy
from understudy_lsp.snapshot import Indent, Snapshot
from understudy_lsp.suggest import suggest
from understudy_lsp.suggestion import Suggestion

NOTHING: dict[str, Any] = {"items": []}


async def inline_completion(server: Understudy, params: InlineCompletionParams) -> dict[str, Any]:
    try:
        return await _inline_completion(server, params)
    except Superseded:
        return NOTHING
    except Exception as error:  # editors show errors to people, who can do nothing about this one
        report("a suggestion failed", error)
        return NOTHING
    finally:
        if server.simulation is not None:
            server.simulation.answered()


async def _inline_completion(server: Understudy, params: InlineCompletionParams) -> dict[str, Any]:
    session = server.session
    indent = Indent(params.tab_size, params.insert_spaces) if params.tab_size else None
    document = session.documents.get(params.uri)
    snapshot = session.documents.snapshot(params.uri, params.position, indent)
    if document is None or snapshot is None or params.version not in (None, snapshot.version):
        return NOTHING
    session.moved(document, snapshot.offset)
    refresh = session.refreshes(snapshot)
    manual = params.invoked if refresh is None else refresh.manual  # however it looks
    partial = params.partial_result_token
    grows = server.editor.grows or partial is not None
    with newest(session, snapshot.uri):
        folder = await session.folders.home_of(snapshot.uri)
        suggestion = await suggest(session, folder, snapshot, manual=manual, grows=grows)
        if suggestion is not None and suggestion.growing and partial is not None:
            texts = grown_texts(session, folder, snapshot, suggestion, manual=manual)
            async for each in texts:
                value = [_item(server, snapshot, each)]
                server.protocol.notify("$/progress", types.ProgressParams(partial, value))
            return NOTHING
    if suggestion is None or session.documents.get(snapshot.uri) is None:
        return NOTHING
    if suggestion.growing and refresh is None:
        session.spawn(tell_growth(session, snapshot, suggestion, manual=manual))
    items = [_item(server, snapshot, suggestion)]
    if manual and refresh is None and partial is None:
        others = alternatives(session, folder, snapshot, suggestion)
        items += [_item(server, snapshot, each) for each in others]
    return {"items": items}


def _item(server: Understudy, snapshot: Snapshot, suggestion: Suggestion) -> dict[str, Any]:
    """Of the document as it is now: where that is another one the client drops the answer."""
    document = server.session.documents[snapshot.uri]
    start = _position(document.position(snapshot.offset))
    end = start
    if suggestion.replaces:
        end = _position(document.position(snapshot.offset + suggestion.replaces))
    command = {"title": "accepted", "command": ACCEPTED, "arguments": [suggestion.completion]}
    return {
        "insertText": suggestion.text,
        "range": {"start": start, "end": end},
        "command": command,
    }


def _position(position: Position) -> dict[str, int]:
    return {"line": position.line, "character": position.character}


def register(server: Understudy) -> None:
    options = types.InlineCompletionOptions()  # without options pygls does not announce it
    server.feature(types.TEXT_DOCUMENT_INLINE_COMPLETION, options)(inline_completion)
