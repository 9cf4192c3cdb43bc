"""What happens by itself: looking whether the gateway is there, and saying how things stand."""

import asyncio
import gc
from typing import TYPE_CHECKING

from understudy_lsp import clock
from understudy_lsp.consent import Answer
from understudy_lsp.eagerness import Eagerness
from understudy_lsp.fault import report
from understudy_lsp.status import Kind, Status
from understudy_protocol.errors import UnderstudyError

if TYPE_CHECKING:
    from understudy_lsp.session import Session

TICK_S = 1.0
LOOK_S = 10.0
"""Between two looks at a gateway that is there; what fails meanwhile is noticed at once."""
TROUBLE_S = 3.0
"""Between two looks for one that is not: soon enough for somebody who has just started it."""


async def pulse(session: "Session") -> None:
    """Until cancelled. Nothing that goes wrong once ends it."""
    # Beside each other: a gateway may be silent for long.
    await asyncio.gather(_tick(session), _look(session))


async def _tick(session: "Session") -> None:
    while True:
        try:
            session.tick()
            if not session.requests:
                gc.collect(1)
        except Exception as error:
            report("a tick failed", error)
        await asyncio.sleep(TICK_S)


async def _look(session: "Session") -> None:
    next_look = 0.0
    while True:
        if clock.now() >= next_look or session.stumbled:
            session.stumbled = False
            try:
                await look(session)
            except Exception as error:
                report("looking for the gateway failed", error)
            soon = session.status.current.kind in (Kind.TROUBLE, Kind.INDEXING)
            next_look = clock.now() + (TROUBLE_S if soon else LOOK_S)
        await asyncio.sleep(TICK_S)


async def look(session: "Session") -> None:
    """Asks the gateway what it serves, and sets the status by the answer."""
    settings, now = session.settings, clock.now()
    if not settings.enabled:
        status = Status(Kind.OFF, "Understudy is switched off.", "Switch it on in the settings.")
    elif session.wrong_setting is not None:
        wrong = session.wrong_setting
        status = Status(Kind.TROUBLE, wrong.problem, wrong.remedy)
    else:
        try:
            model = await session.gateway.model()
        except UnderstudyError as error:
            status = Status(Kind.TROUBLE, error.problem, error.remedy)
        else:
            session.spool.wake()
            status = _fine(session, model.name, now=now)
            if not model.ready:
                status = Status(
                    Kind.TROUBLE,
                    f"The gateway is starting {model.name}.",
                    "Suggestions come by themselves when it is ready.",
                )
    session.status.set(status)


def _fine(session: "Session", model: str, *, now: float) -> Status:
    release = (session.last_end.release if session.last_end else None) or ""
    if session.attention.snoozed(now):
        return Status(Kind.SNOOZED, "Understudy is snoozing.", model=model, release=release)
    for folder in session.folders:
        if not folder.index.progress.ready:
            done, total = folder.index.progress.files_done, folder.index.progress.files_total
            message = f"Understudy is reading the workspace: {done} of {total} files."
            return Status(Kind.INDEXING, message, model=model, release=release)
        if session.consents.answer(folder.repository) is Answer.UNASKED:
            return Status(
                Kind.CONSENT,
                "Understudy is ready, and remembers nothing yet.",
                "Say whether it may learn from what becomes of its suggestions here.",
                model=model,
                release=release,
            )
    how = "when you ask" if session.settings.eagerness is Eagerness.MANUAL else "as you type"
    message = f"Understudy suggests {how}{_remembers(session)}."
    return Status(Kind.READY, message, model=model, release=release)


def _remembers(session: "Session") -> str:
    answers = {session.consents.answer(folder.repository) for folder in session.folders}
    if Answer.YES not in answers:
        return ", and remembers nothing" if answers else ""
    where = " in some of the folders" if len(answers) > 1 else ""
    return f", and learns from what becomes of it{where}"
