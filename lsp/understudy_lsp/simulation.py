"""A clock that a backtest sets, so that days of typing pass in minutes and nothing else changes.

Time stands still while the language server computes, passes as it does while it waits for the
gateway (so that an engine takes what it takes), and jumps to the next moment at which something is
due when everybody waits for nothing but time. `advance` lets it pass.
"""

import asyncio
import heapq
import itertools
import time
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextvars import Context
from typing import Any, cast

import httpx

from understudy_lsp.clock import set_clock


class SimulatedClock:
    def __init__(self) -> None:
        self._now = 0.0
        self._epoch_ms = 0
        self._waiting = 0
        self._since = 0.0
        """By the machine's clock: from when on time has been passing."""
        self.stopped: Callable[[], None] = lambda: None

    def now(self) -> float:
        return self._now + (time.monotonic() - self._since if self._waiting else 0.0)

    def at(self) -> int:
        return self._epoch_ms + int(self.now() * 1000)

    @property
    def passes(self) -> bool:
        return self._waiting > 0

    def jump(self, to: float) -> None:
        """Only while it stands still."""
        assert not self._waiting
        self._now = max(self._now, to)

    def date(self, at: int) -> None:
        """It is `at` now, in milliseconds since the epoch."""
        self._epoch_ms = at - int(self.now() * 1000)

    def start(self) -> None:
        """Somebody waits for something else than time."""
        if not self._waiting:
            self._since = time.monotonic()
        self._waiting += 1

    def stop(self) -> None:
        now = self.now()
        self._waiting -= 1
        if not self._waiting:
            self._now = now
            self.stopped()


class SimulatedLoop(asyncio.SelectorEventLoop):
    """An event loop that goes by such a clock."""

    def __init__(self, clock: SimulatedClock) -> None:
        self._due: list[tuple[float, int, asyncio.TimerHandle]] = []
        self._numbers = itertools.count()
        self.clock = clock
        super().__init__()

    def time(self) -> float:
        return self.clock.now()

    def call_at(
        self,
        when: float,
        callback: Callable[..., object],
        *args: Any,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        handle = super().call_at(when, callback, *args, context=context)
        heapq.heappush(self._due, (when, next(self._numbers), handle))
        return handle

    def next_due(self) -> float:
        """When the next timer is due; infinity if none is."""
        while self._due and (self._due[0][2].cancelled() or self._due[0][0] <= self.time()):
            heapq.heappop(self._due)
        return self._due[0][0] if self._due else float("inf")

    @property
    def is_busy(self) -> bool:
        """Whether something else than the caller would run now."""
        return bool(cast(Any, self)._ready)


class WaitingTransport(httpx.AsyncHTTPTransport):
    """Lets time pass from each request to the end of its answer."""

    def __init__(self, clock: SimulatedClock) -> None:
        super().__init__()
        self._clock = clock

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._clock.start()
        try:
            response = await super().handle_async_request(request)
        except BaseException:
            self._clock.stop()
            raise
        assert isinstance(response.stream, httpx.AsyncByteStream)
        response.stream = _Stream(response.stream, self._clock)
        return response


class _Stream(httpx.AsyncByteStream):
    def __init__(self, stream: httpx.AsyncByteStream, clock: SimulatedClock) -> None:
        self._stream = stream
        self._clock: SimulatedClock | None = clock

    async def __aiter__(self) -> AsyncGenerator[bytes]:
        async for part in self._stream:
            yield part

    async def aclose(self) -> None:
        if self._clock is not None:
            self._clock.stop()
            self._clock = None
        await self._stream.aclose()


class Simulation:
    """Lets the time of a loop pass."""

    def __init__(self, loop: SimulatedLoop) -> None:
        self._loop = loop
        self._changed = asyncio.Event()
        self._answered = False
        self.transport = WaitingTransport(loop.clock)
        loop.clock.stopped = self._changed.set

    def date(self, at: int) -> None:
        """It is `at` now, in milliseconds since the epoch."""
        self._loop.clock.date(at)

    def answered(self) -> None:
        """The editor was told something, and will want to look."""
        self._answered = True
        self._changed.set()

    async def advance(self, to: float, *, stride: float = 0.0) -> float:
        """Lets time pass until `to`, or until the editor has been told something since this was
        called last. Returns when it is then. What is due within a `stride` happens at its end."""
        clock, loop = self._loop.clock, self._loop
        while True:
            await asyncio.sleep(0)
            if loop.is_busy:
                continue
            if self._answered or clock.now() >= to:
                self._answered = False
                return clock.now()
            if clock.passes:
                self._changed.clear()
                wake = loop.call_at(to, self._changed.set)
                await self._changed.wait()
                wake.cancel()
            else:
                clock.jump(min(to, max(loop.next_due(), clock.now() + stride)))


def run_simulated(main: Callable[[Simulation], Coroutine[Any, Any, None]]) -> None:
    """Runs `main` by a simulated clock."""
    clock = SimulatedClock()
    set_clock(clock)

    async def run() -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, SimulatedLoop)
        await main(Simulation(loop))

    with asyncio.Runner(loop_factory=lambda: SimulatedLoop(clock)) as runner:
        runner.run(run())
