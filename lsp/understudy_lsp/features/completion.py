"""`textDocument/completion`, for editors without ghost text: one item, from the same engine.

The list is always marked incomplete and its item begins at the word's start, so that the editor
neither filters it away nor shows a stale one (minuet's issues 115 and 149). A key that was typed is
never taken for a request by hand.
"""

from lsprotocol import types

from understudy_lsp.fault import report
from understudy_lsp.features.items import accept_command, span
from understudy_lsp.features.newest import Superseded, newest
from understudy_lsp.server import Understudy, position_of
from understudy_lsp.snapshot import Snapshot
from understudy_lsp.suggest import suggest
from understudy_lsp.suggestion import Suggestion

NOTHING = types.CompletionList(is_incomplete=True, items=[])

LABEL = 60
"""Characters of a line that a menu has room for."""


async def completion(server: Understudy, params: types.CompletionParams) -> types.CompletionList:
    try:
        return await _completion(server, params)
    except Superseded:
        return NOTHING
    except Exception as error:  # editors show errors to people, who can do nothing about this one
        report("a suggestion failed", error)
        return NOTHING


async def _completion(server: Understudy, params: types.CompletionParams) -> types.CompletionList:
    session = server.session
    uri = params.text_document.uri
    document = session.documents.get(uri)
    snapshot = session.documents.snapshot(uri, position_of(params.position))
    if document is None or snapshot is None:
        return NOTHING
    session.moved(document, snapshot.offset)
    with newest(session, uri):
        folder = await session.folders.home_of(uri)
        suggestion = await suggest(session, folder, snapshot, manual=False, grows=False)
    if suggestion is None or document.version != snapshot.version:
        return NOTHING
    return types.CompletionList(is_incomplete=True, items=[_item(server, snapshot, suggestion)])


def _item(server: Understudy, snapshot: Snapshot, suggestion: Suggestion) -> types.CompletionItem:
    word = _word_before(snapshot)
    start = snapshot.offset - len(word)
    first, _, more = suggestion.text.strip("\r\n").partition("\n")
    label = (word + first).strip()
    return types.CompletionItem(
        label=label[:LABEL] + ("…" if more or len(label) > LABEL else ""),
        kind=types.CompletionItemKind.Text,  # Helix takes `Snippet` for the snippet language
        detail="Understudy",
        documentation=_documentation(server, snapshot, word + suggestion.text),
        # Above what other servers offer: it is one line of the menu. (Emacs stumbles over a NUL.)
        sort_text="!",
        filter_text=word or None,
        insert_text_format=types.InsertTextFormat.PlainText,
        insert_text_mode=types.InsertTextMode.AsIs,
        text_edit=types.TextEdit(
            span(server, snapshot, start, snapshot.offset + suggestion.replaces),
            word + suggestion.text,
        ),
        command=accept_command(suggestion),
    )


def _documentation(server: Understudy, snapshot: Snapshot, text: str) -> types.MarkupContent | str:
    """The whole of it; Kate shows Markdown as it is written."""
    menu = server.client_capabilities.text_document
    item = menu.completion.completion_item if menu and menu.completion else None
    if item is None or types.MarkupKind.Markdown not in (item.documentation_format or ()):
        return text
    markdown = f"```{snapshot.language}\n{text}\n```"
    return types.MarkupContent(types.MarkupKind.Markdown, markdown)


def _word_before(snapshot: Snapshot) -> str:
    before = snapshot.before
    kept = len(before)
    while kept and (before[kept - 1].isalnum() or before[kept - 1] == "_"):
        kept -= 1
    return before[kept:]


def register(server: Understudy) -> None:
    options = types.CompletionOptions(trigger_characters=list(".(,=[{: "))
    server.feature(types.TEXT_DOCUMENT_COMPLETION, options)(completion)
