"""`textDocument/inlineCompletion`: ghost text, for editors that have it."""

from lsprotocol import types

from understudy_lsp.fault import report
from understudy_lsp.features.items import accept_command, span
from understudy_lsp.features.newest import Superseded, newest
from understudy_lsp.growth import grown_texts, tell_growth
from understudy_lsp.lsp_types import InlineCompletionParams
from understudy_lsp.server import Understudy, position_of
from understudy_lsp.snapshot import Indent, Snapshot
from understudy_lsp.suggest import suggest
from understudy_lsp.suggestion import Suggestion

NOTHING = types.InlineCompletionList(items=[])


async def inline_completion(
    server: Understudy, params: InlineCompletionParams
) -> types.InlineCompletionList:
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


async def _inline_completion(
    server: Understudy, params: InlineCompletionParams
) -> types.InlineCompletionList:
    session = server.session
    indent = Indent(params.tab_size, params.insert_spaces) if params.tab_size else None
    document = session.documents.get(params.uri)
    snapshot = session.documents.snapshot(params.uri, position_of(params.position), indent)
    if document is None or snapshot is None or params.version not in (None, snapshot.version):
        return NOTHING
    session.moved(document, snapshot.offset)
    refresh = session.refreshes(snapshot)
    manual = params.invoked and not refresh
    partial = params.partial_result_token
    grows = server.editor.grows or partial is not None
    with newest(session, snapshot.uri):
        folder = await session.folders.home_of(snapshot.uri)
        suggestion = await suggest(session, folder, snapshot, manual=manual, grows=grows)
        if suggestion is not None and partial is not None:
            async for longer in grown_texts(session, folder, snapshot, suggestion):
                suggestion = longer
                value = _list(server, snapshot, longer).items
                server.protocol.notify("$/progress", types.ProgressParams(partial, value))
    if suggestion is None or session.documents.get(snapshot.uri) is None:
        return NOTHING
    if suggestion.growing and partial is None and not refresh:
        session.spawn(tell_growth(session, snapshot, suggestion))
    return _list(server, snapshot, suggestion)


def _list(
    server: Understudy, snapshot: Snapshot, suggestion: Suggestion
) -> types.InlineCompletionList:
    item = types.InlineCompletionItem(
        insert_text=suggestion.text,
        range=span(server, snapshot, snapshot.offset, snapshot.offset + suggestion.replaces),
        command=accept_command(suggestion),
    )
    return types.InlineCompletionList(items=[item])


def register(server: Understudy) -> None:
    options = types.InlineCompletionOptions()  # without options pygls does not announce it
    server.feature(types.TEXT_DOCUMENT_INLINE_COMPLETION, options)(inline_completion)
