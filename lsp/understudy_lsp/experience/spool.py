"""Events on their way to the gateway: never in the way of a key, never lost, delivered once.

`put` only queues. A task writes what was queued to disk, another delivers it when the gateway is
there and deletes it after the answer; the gateway stores each id once, so sending again is
harmless. What a person has not agreed to, or not any more, is deleted instead.
"""

import asyncio
import contextlib
import random
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

from understudy_lsp.experience.delivery import Deliver, deliver_all
from understudy_lsp.experience.fact import Fact, decode, encode
from understudy_lsp.experience.spool_folder import MAX_UNWRITTEN, SpoolFolder
from understudy_protocol.repository import RepositoryId

GATHER_S = 0.2
"""Facts of this long share one write to disk; so much can be lost when the machine goes."""

DELIVER_S = 5.0
"""Facts of this long share one request."""

LONGEST_WAIT_S = 300.0
"""Between two tries, at most; each failure doubles the wait."""


class Spool:
    """Used from one event loop."""

    def __init__(
        self, folder: Path, *, deliver: Deliver, agreed: Callable[[RepositoryId], bool]
    ) -> None:
        self._folder = SpoolFolder(folder)
        self._deliver = deliver
        self._agreed = agreed
        self._queue: deque[bytes] = deque()
        self._queued_bytes = 0
        self._dropped = 0
        self._writing = asyncio.Lock()
        self._put = asyncio.Event()
        self._news = asyncio.Event()
        self._wake = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def waiting(self) -> int:
        """Facts that the gateway has not taken yet."""
        return len(self._queue) + self._folder.waiting

    @property
    def dropped(self) -> int:
        """Facts given up since the start: too much waited, or the gateway will not have them."""
        return self._dropped + self._folder.dropped

    def start(self) -> None:
        self._tasks = [
            asyncio.create_task(self._keep_writing()),
            asyncio.create_task(self._keep_delivering()),
        ]

    def put(self, facts: Sequence[Fact]) -> None:
        """Takes microseconds and never fails."""
        for line in map(encode, facts):
            self._queue.append(line)
            self._queued_bytes += len(line)
        while self._queued_bytes > MAX_UNWRITTEN:
            self._queued_bytes -= len(self._queue.popleft())
            self._dropped += 1
        self._put.set()
        self._news.set()

    def wake(self) -> None:
        """There is reason to think that the gateway is back, or that somebody changed their
        mind."""
        self._news.set()
        self._wake.set()

    async def flush(self) -> None:
        """Returns when all that was put is on disk, if the disk takes it."""
        async with self._writing:
            lines = list(self._queue)
            self._queue.clear()
            self._queued_bytes = 0
            try:
                await asyncio.to_thread(self._folder.write, lines)
            except asyncio.CancelledError:
                self._queue.extendleft(reversed(lines))  # they may be on disk twice then
                raise

    async def deliver(self) -> bool:
        """Deliver what waits. False if the gateway is away; raises nothing."""
        self._news.clear()
        await self.flush()
        await asyncio.to_thread(self._folder.adopt)
        for file in [*self._folder.files(), None]:
            lines = await asyncio.to_thread(self._folder.read, file)
            known = [(line, fact) for line in lines if (fact := decode(line)) is not None]
            agreed = [(line, fact) for line, fact in known if self._agreed(fact.repository)]
            sized = [(fact, len(line)) for line, fact in agreed]
            delivery = await deliver_all(sized, self._deliver)
            self._dropped += delivery.refused + len(lines) - len(known)
            left = {agreed[position][0] for position in delivery.left}
            done = {line for line in lines if line not in left}
            if done:
                await asyncio.to_thread(self._folder.settle, file, done)
            if delivery.away:
                return False
        return True

    async def close(self) -> None:
        """Everything put is on disk, and left to the next language server."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.flush()
        await asyncio.to_thread(self._folder.close)

    async def _keep_writing(self) -> None:
        while True:
            await self._put.wait()
            await asyncio.sleep(GATHER_S)
            self._put.clear()
            await self.flush()

    async def _keep_delivering(self) -> None:
        wait = DELIVER_S
        while True:
            if await self.deliver():
                wait = DELIVER_S
                await _within(LONGEST_WAIT_S, self._news)
            else:
                wait = min(2 * wait, LONGEST_WAIT_S)
            # Half of it by chance, so that editors do not all come back at once.
            await _within(wait * random.uniform(0.5, 1), self._wake)
            # It is woken by completions that end: first let them be shown.
            await asyncio.sleep(GATHER_S)
            self._wake.clear()


async def _within(seconds: float, event: asyncio.Event) -> None:
    # Not `wait_for`, which in Python 3.11 swallows a cancellation that comes with the event.
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
