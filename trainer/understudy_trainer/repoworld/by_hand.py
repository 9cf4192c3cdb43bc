"""A hole asked as an editor asks, by the simulated clock: a document that stands open with nothing
where the middle was, and a person who asks for ghost text there with a key."""

from pathlib import Path
from typing import NamedTuple

from understudy_trainer.repoworld.hole import Hole
from understudy_typist.desk import BY_HAND, SimulatedDesk
from understudy_typist.editor import Editor, Ghost
from understudy_typist.language_server import LanguageServer

LONGEST_S = 20.0
"""Simulated; after which there is no answer."""


class AskedByHand(NamedTuple):
    ghost: Ghost | None
    took: float
    """Simulated seconds until it was there."""
    now: float
    """Simulated; the next hole is asked after it."""


async def ask_by_hand(
    server: LanguageServer, folder: Path, hole: Hole, *, now: float
) -> AskedByHand:
    """`folder` is the root that the hole's path is relative to."""
    text = hole.prefix + hole.suffix
    editor = Editor(server.connection, folder / hole.path, text, language=hole.language)
    desk = SimulatedDesk(editor, BY_HAND, now=now)
    await desk.rest(1.0)
    asked, began = desk.ask(len(hole.prefix)), desk.now()
    while not asked.done() and desk.now() < began + LONGEST_S:
        await desk.wait(asked, began + LONGEST_S)
    ghost, took = asked.result() if asked.done() else None, desk.now() - began
    editor.close()
    await desk.rest(1.0)
    return AskedByHand(ghost, took, desk.now())
