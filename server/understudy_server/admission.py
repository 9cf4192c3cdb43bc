"""Admission: a bounded number of completions at a time, and within a session the newest wins.

There is no queue. A suggestion that comes late is worth nothing, so whoever finds the house full is
told so at once and those inside keep their speed.
"""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager

from understudy_protocol.errors import Busy


class Admission:
    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._sessions: dict[tuple[str | None, str], asyncio.Event] = {}
        self.in_flight = 0

    @contextmanager
    def admit(self, person: str | None, session: str | None) -> Generator[asyncio.Event]:
        """Holds a place; the event it yields is set when a newer request of the session arrives.

        The older request gives its place up as soon as it notices, so the newer one is let in even
        when the house is full. Raises Busy.
        """
        key = None if session is None else (person, session)
        older = None if key is None else self._sessions.get(key)
        # A session that asks faster than its older requests can end is bounded too, by twice the
        # limit.
        if self.in_flight >= self._limit * (1 if older is None else 2):
            raise Busy(
                f"{self.in_flight} completions are running, which is all this engine can take.",
                "Ask again in a second; if this happens often, raise `max_in_flight` or add an "
                "engine.",
            )
        if older is not None:
            older.set()
        replaced = asyncio.Event()
        if key is not None:
            self._sessions[key] = replaced
        self.in_flight += 1
        try:
            yield replaced
        finally:
            self.in_flight -= 1
            if key is not None and self._sessions.get(key) is replaced:
                del self._sessions[key]
