"""What is wrong, or right, in words: one line for the editor's status bar."""

from collections.abc import Callable
from enum import StrEnum

import msgspec


class Kind(StrEnum):
    READY = "ready"
    THINKING = "thinking"
    """A completion is being written."""
    INDEXING = "indexing"
    """The workspace is read for the first time; completions come already."""
    CONSENT = "consent"
    """Nobody has said yet whether what becomes of suggestions may be remembered."""
    OFF = "off"
    SNOOZED = "snoozed"
    TROUBLE = "trouble"


class Status(msgspec.Struct, frozen=True):
    kind: Kind
    message: str
    remedy: str = ""
    """What to do next; empty if nothing has to be done."""
    model: str = ""
    release: str = ""


STARTING = Status(Kind.INDEXING, "Understudy is starting.")


class StatusLine:
    """Tells the client when the status changes, and only then."""

    def __init__(self, tell: Callable[[Status], None]) -> None:
        self._tell = tell
        self.current = STARTING

    def set(self, status: Status) -> None:
        if status != self.current:
            self.current = status
            self._tell(status)

    def think(self, *, busy: bool) -> None:
        """A completion is being written; only told while all is well."""
        if self.current.kind in (Kind.OFF, Kind.SNOOZED, Kind.TROUBLE):
            return
        message = "Understudy is writing."
        thinking = msgspec.structs.replace(self.current, kind=Kind.THINKING, message=message)
        self._tell(thinking if busy else self.current)
