"""What every suggestion carries when it goes to an editor."""

from lsprotocol import types

from understudy_lsp.server import Understudy
from understudy_lsp.snapshot import Snapshot
from understudy_lsp.suggestion import Suggestion

ACCEPTED = "understudy.accepted"


def accept_command(suggestion: Suggestion) -> types.Command:
    """Editors run an item's command after they have inserted it: that is how we learn of it."""
    return types.Command(title="accepted", command=ACCEPTED, arguments=[suggestion.completion])


def span(server: Understudy, snapshot: Snapshot, start: int, end: int) -> types.Range:
    """Offsets of the snapshot as the client counts. The document still is the snapshot's where
    this is called before anything was typed; after that the client drops the answer anyway."""
    document = server.session.documents[snapshot.uri]
    first, last = document.position(start), document.position(end)
    return types.Range(
        types.Position(first.line, first.character), types.Position(last.line, last.character)
    )
