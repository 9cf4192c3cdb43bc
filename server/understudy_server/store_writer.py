"""The one thread that writes to the experience store, and the bounded queue before it.

All work that waits goes into one transaction, so that the sync to disk, by far the slowest part, is
paid once for many (group commit). Work is answered only when its transaction is durable.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

from understudy_protocol.errors import Busy, StoreError
from understudy_server.database import writing
from understudy_server.database_faults import store_error

MAX_WAITING = 32 * 2**20
"""Characters of text that may wait; what comes beyond them is refused at once."""

MAX_GROUP = 256
"""Pieces of work in one transaction, so that another gateway's turn comes soon."""

T = TypeVar("T")
Write = Callable[[Connection], T]
Prepare = Callable[[], Write[T]]
"""The part of the work that needs no database; what it returns runs in the transaction, and again
if that fails and is tried anew."""


@dataclass(frozen=True, eq=False)
class _Job:
    prepare: Prepare[Any]
    weight: int
    afterwards: Callable[[], None] | None
    answer: "Future[Any]" = field(default_factory=lambda: Future[Any]())


class StoreWriter:
    """Runs work in the order in which it was submitted."""

    def __init__(self, engine: Engine, *, max_waiting: int = MAX_WAITING) -> None:
        self._engine = engine
        self._max_waiting = max_waiting
        self._waiting: deque[_Job] = deque()
        self._weight = 0
        self._closed = False
        self._changed = threading.Condition()
        # A daemon, so that a process which never came to close the store can still end.
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    async def submit(
        self,
        prepare: Prepare[T],
        *,
        weight: int,
        afterwards: Callable[[], None] | None = None,
    ) -> T:
        """What the prepared write returned, once its transaction is durable.

        Cancelling the caller does not take the work back. `afterwards` runs between the commit and
        the answer. Raises Busy at once if too much waits already, StoreError if the store failed.
        """
        job = _Job(prepare, weight, afterwards)
        # From here on the answer cannot be cancelled, only nobody may be waiting for it any more.
        job.answer.set_running_or_notify_cancel()
        with self._changed:
            if self._closed:
                raise StoreError("The experience store is closed.", "Start the gateway again.")
            if self._weight > 0 and self._weight + weight > self._max_waiting:
                raise Busy(
                    "The experience store has too much to write.", "Send it again in a second."
                )
            self._weight += weight
            self._waiting.append(job)
            self._changed.notify()
        return await asyncio.wrap_future(job.answer)

    def close(self) -> None:
        """Finish what was submitted, then stop. Blocks."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        while group := self._next_group():
            prepared: list[tuple[_Job, Write[Any]]] = []
            for job in group:
                try:
                    prepared.append((job, job.prepare()))
                except Exception as error:
                    self._fail(job, error)
            if prepared and not self._commit(prepared):
                # One of them may be at fault; the others shall not suffer for it.
                for one in prepared:
                    self._commit([one])

    def _next_group(self) -> list[_Job]:
        """What waits, in order; work with an afterwards goes alone. Empty once closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed)
            group: list[_Job] = []
            while self._waiting and len(group) < MAX_GROUP:
                if group and self._waiting[0].afterwards is not None:
                    break
                group.append(self._waiting.popleft())
                if group[-1].afterwards is not None:
                    break
            return group

    def _commit(self, prepared: list[tuple[_Job, Write[Any]]]) -> bool:
        """Whether all got their answer: False asks to try them one by one."""
        try:
            with writing(self._engine) as connection:
                results = [write(connection) for _, write in prepared]
            for job, _ in prepared:
                if job.afterwards is not None:
                    job.afterwards()
        except OperationalError as error:
            # The trouble is the database's: full, locked, gone. Trying each would only wait longer.
            for job, _ in prepared:
                self._fail(job, error)
        except Exception as error:
            if len(prepared) > 1:
                return False
            self._fail(prepared[0][0], error)
        else:
            for (job, _), result in zip(prepared, results, strict=True):
                self._let_go(job)
                job.answer.set_result(result)
        return True

    def _fail(self, job: _Job, error: Exception) -> None:
        self._let_go(job)
        job.answer.set_exception(store_error(self._engine.url, error))

    def _let_go(self, job: _Job) -> None:
        # Before the answer: who has it may submit again.
        with self._changed:
            self._weight -= job.weight
