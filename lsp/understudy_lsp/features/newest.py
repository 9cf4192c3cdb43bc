"""One request a document: the newest wins. Some editors (Neovim 0.12) never cancel the one before,
so it is done here."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from understudy_lsp.session import Session


class Superseded(Exception):
    """A newer request for the same document has come; the answer to this one is nothing."""


@contextmanager
def newest(session: "Session", uri: str) -> Generator[None]:
    """Raises Superseded in the request that was running for the document."""
    task = asyncio.current_task()
    assert task is not None
    if (before := session.requests.get(uri)) is not None:
        before.cancel()
    session.requests[uri] = task
    try:
        yield
    except asyncio.CancelledError:
        if session.requests.get(uri) is task:
            raise  # the client's own doing
        task.uncancel()
        raise Superseded from None
    finally:
        if session.requests.get(uri) is task:
            del session.requests[uri]
