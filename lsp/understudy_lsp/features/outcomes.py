"""What became of a suggestion, as an editor tells it: accepted by the item's command, the rest by
the notifications of the published Copilot language server protocol."""

from understudy_lsp import lsp_types
from understudy_lsp.experience.moment import this_moment
from understudy_lsp.features.items import ACCEPTED
from understudy_lsp.lsp_types import FocusParams, ItemParams
from understudy_lsp.server import Understudy
from understudy_protocol.completion import CompletionId


def accepted(server: Understudy, completion: str = "") -> None:
    session, moment = server.session, this_moment()
    id_ = CompletionId(completion)
    session.choices.turned_to(id_, moment=moment)
    session.keep(session.tracker.accepted(id_, moment=moment))
    session.choices.decided()
    if (offered := session.offer_of(id_)) is not None:
        session.attention.accepted(offered.uri, moment.now)


def shown(server: Understudy, params: ItemParams) -> None:
    session = server.session
    session.tracker.tells_shown = True
    if params.completion is not None:
        id_, moment = CompletionId(params.completion), this_moment()
        session.choices.turned_to(id_, moment=moment)
        session.keep(session.tracker.shown(id_, moment=moment))


def partially_accepted(server: Understudy, params: ItemParams) -> None:
    session = server.session
    session.tracker.tells_partial = True
    if params.completion is not None and params.accepted_length > 0:
        id_, length, moment = CompletionId(params.completion), params.accepted_length, this_moment()
        session.choices.turned_to(id_, moment=moment)
        session.keep(session.tracker.partially_accepted(id_, length, moment=moment))


def rejected(server: Understudy, params: ItemParams) -> None:
    session, moment = server.session, this_moment()
    if params.completion is None:
        return
    id_ = CompletionId(params.completion)
    session.choices.turned_to(id_, moment=moment)
    session.keep(session.tracker.rejected(id_, moment=moment))
    session.refused(id_)
    if (offered := session.offer_of(id_)) is None:
        return
    if (document := session.documents.get(offered.uri)) is not None:
        session.attention.rejected(offered.uri, document.text, offered.offset, now=moment.now)


def focused(server: Understudy, params: FocusParams) -> None:
    session = server.session
    document = session.documents.get(params.uri) if params.uri else None
    if document is None:
        return
    session.documents.touch(document.uri)
    if params.position is not None:
        offset = document.offset(params.position)
        session.moved(document, offset)


def register(server: Understudy) -> None:
    server.command(ACCEPTED)(accepted)
    server.feature(lsp_types.DID_SHOW)(shown)
    server.feature(lsp_types.DID_PARTIALLY_ACCEPT)(partially_accepted)
    server.feature(lsp_types.DID_REJECT)(rejected)
    server.feature(lsp_types.DID_FOCUS)(focused)
