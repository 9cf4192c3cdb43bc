"""`workspace/executeCommand`: what a person can tell the language server to do."""

from typing import Any

from understudy_lsp import clock
from understudy_lsp.consent import Answer
from understudy_lsp.dashboard import dashboard
from understudy_lsp.journal import explanation
from understudy_lsp.pulse import look
from understudy_lsp.server import Understudy

EXPLAIN = "understudy.explain"
SNOOZE = "understudy.snooze"
WAKE = "understudy.wake"
CONSENT = "understudy.consent"
DASHBOARD = "understudy.dashboard"
FORGET = "understudy.forget"
RECONNECT = "understudy.reconnect"

SNOOZE_MINUTES = 5
"""As in VS Code's own menu."""


def explain(server: Understudy) -> dict[str, str]:
    """What went into the last prompt, and why nothing was shown when nothing was."""
    entries = server.session.journal.entries
    if not entries:
        return {"text": "Nothing has been asked for yet: type something, or ask with your key."}
    recent = reversed(entries[-5:])
    return {"text": "\n\n---\n\n".join(map(explanation, recent))}


def snooze(server: Understudy, minutes: float = SNOOZE_MINUTES) -> None:
    server.session.attention.snooze(clock.now() + 60 * max(0.0, minutes))
    server.session.spawn(look(server.session))


def wake(server: Understudy) -> None:
    server.session.attention.snooze(0.0)
    server.session.spawn(look(server.session))


def consent(server: Understudy, agreed: Any = False) -> None:
    session = server.session
    # Not `bool`: pygls would make it of anything, and "no" would be an agreement.
    answer = Answer.YES if agreed is True else Answer.NO
    for folder in session.folders:
        session.consents.set(folder.repository, answer)
    session.spawn(look(session))


async def show_dashboard(server: Understudy) -> dict[str, str]:
    """What has become of suggestions, of every repository that is open."""
    session, pages = server.session, list[str]()
    for repository in sorted({folder.repository for folder in session.folders}):
        events = [event async for event in session.gateway.events(repository)]
        name, message = repository.rpartition("-")[0], session.status.current.message
        pages.append(dashboard(name, events, status=message, waiting=session.spool.waiting))
    return {"text": "\n\n".join(pages) or "No folder is open."}


async def forget(server: Understudy) -> dict[str, Any]:
    """Everything about the repositories that are open: on the gateway, in the spool, in the
    journal, and that it was agreed to."""
    session = server.session
    completions = events = 0
    for repository in {folder.repository for folder in session.folders}:
        session.consents.set(repository, Answer.UNASKED)
        session.journal.forget(repository)
        session.journal.tell_others()
        forgotten = await session.gateway.forget(repository)
        completions, events = completions + forgotten.completions, events + forgotten.events
    session.spool.wake()  # it throws away what is no longer agreed to
    return {"completions": completions, "events": events}


async def reconnect(server: Understudy) -> None:
    """Looks for the gateway now, not in a while."""
    await look(server.session)


def register(server: Understudy) -> None:
    for name, command in (
        (EXPLAIN, explain),
        (SNOOZE, snooze),
        (WAKE, wake),
        (CONSENT, consent),
        (DASHBOARD, show_dashboard),
        (FORGET, forget),
        (RECONNECT, reconnect),
    ):
        server.command(name)(command)
