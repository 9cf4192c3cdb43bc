"""All engines together: which of them answers, and that each holds the adapters it needs."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self, Unpack

from understudy_protocol.errors import EngineRefused, EngineUnavailable
from understudy_server.engine import (
    WARM_UP_PROMPT,
    Drawing,
    Drawn,
    Engine,
    EngineDelta,
    Sampling,
    ServedModel,
)
from understudy_server.supervisor import EngineState, EngineStatus, Prepare

log = logging.getLogger(__name__)


class EngineSource(Protocol):
    """What keeps one engine there: a `Supervisor` or a `Remote`."""

    @property
    def status(self) -> EngineStatus: ...

    async def run(self, prepare: Prepare) -> None:
        """Calls `prepare` each time the engine has come up, and says READY only afterwards."""
        ...


class Engines:
    """One or several engines that serve the same base model.

    An adapter that was loaded is loaded again into every engine that comes back, before that engine
    is asked anything.
    """

    def __init__(self, sources: Sequence[EngineSource]) -> None:
        self._members = [_Member(source) for source in sources]
        self._adapters: dict[str, Path] = {}
        self._model: ServedModel | None = None
        self._running: list[asyncio.Task[None]] = []
        self._came_up = asyncio.Event()

    async def __aenter__(self) -> Self:
        for member in self._members:
            self._running.append(asyncio.create_task(self._run(member)))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stops what we started; when it returns, nothing of it is left."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    @property
    def ready(self) -> bool:
        return self.ready_count > 0

    @property
    def ready_count(self) -> int:
        return sum(member.is_ready for member in self._members)

    @property
    def restarts(self) -> int:
        return sum(member.source.status.restarts for member in self._members)

    @property
    def state(self) -> str:
        """For people: what the engines are doing, and why."""
        return "; ".join(_in_words(member.source.status) for member in self._members)

    async def wait_ready(self) -> ServedModel:
        """Until one engine is ready. Raises EngineUnavailable if none ever will be."""
        while not self.ready:
            waiting = asyncio.create_task(self._came_up.wait())
            alive = [task for task in self._running if not task.done()]
            if not alive:
                waiting.cancel()
                raise self._none_ready()
            await asyncio.wait([waiting, *alive], return_when=asyncio.FIRST_COMPLETED)
            waiting.cancel()
        return self.model

    @property
    def model(self) -> ServedModel:
        """Raises EngineUnavailable as long as no engine was ready."""
        if self._model is None:
            raise self._none_ready()
        return self._model

    async def complete(
        self, prompt: Sequence[int], *, adapter: str | None, **sampling: Unpack[Sampling]
    ) -> AsyncGenerator[EngineDelta]:
        """As `Engine.complete`, by the least busy engine that is ready; if that one fails before it
        said anything, by another."""
        tried: set[_Member] = set()
        while True:
            member = self._least_busy(adapter, but=tried)
            tried.add(member)
            member.busy += 1
            silent = True
            completion = member.require().complete(prompt, adapter=adapter, **sampling)
            try:
                async with contextlib.aclosing(completion):
                    async for delta in completion:
                        silent = False
                        yield delta
                return
            except EngineUnavailable:
                if not silent or not self._able(adapter) - tried:
                    raise
            finally:
                member.busy -= 1

    async def score(
        self, prompt: Sequence[int], middles: Sequence[Sequence[int]], *, adapter: str | None
    ) -> list[tuple[float, ...]]:
        """As `Engine.score`, by the least busy engine that is ready."""
        member = self._least_busy(adapter, but=set())
        member.busy += 1
        try:
            return await member.require().score(prompt, middles, adapter=adapter)
        finally:
            member.busy -= 1

    async def draw(
        self, prompt: Sequence[int], *, adapter: str | None, **drawing: Unpack[Drawing]
    ) -> list[Drawn]:
        """As `Engine.draw`, by the least busy engine that is ready."""
        member = self._least_busy(adapter, but=set())
        member.busy += 1
        try:
            return await member.require().draw(prompt, adapter=adapter, **drawing)
        finally:
            member.busy -= 1

    async def warm_up(self, prompt: Sequence[int], *, adapter: str | None) -> None:
        """Has every engine that can answer with the adapter read the prompt into its cache."""
        able = self._able(adapter)
        await asyncio.gather(*(member.require().read(prompt, adapter=adapter) for member in able))

    async def load_adapter(self, name: str, path: Path) -> None:
        """Into every engine that is ready, or EngineError; the others get it when they are back."""
        ready = self._able(None)
        if not ready:
            raise self._none_ready()
        self._adapters[name] = path
        try:
            for member in ready:
                await member.require().load_adapter(name, path)
                member.adapters.add(name)
        except BaseException:
            self._adapters.pop(name, None)
            raise

    def holds(self, name: str) -> bool:
        """Whether the engines have that adapter, or will have it again once they are back."""
        return name in self._adapters

    async def unload_adapter(self, name: str) -> None:
        self._adapters.pop(name, None)
        for member in self._members:
            member.adapters.discard(name)
        for member in self._able(None):
            await member.require().unload_adapter(name)

    async def _run(self, member: "_Member") -> None:
        async def prepare(engine: Engine) -> None:
            member.engine = engine
            member.adapters.clear()
            self._agree_on(await engine.model(), engine.address)
            await engine.warm_up()
            await self._load_again(member, engine)
            # No other task runs from here until the engine counts as ready, so it lacks no adapter.
            asyncio.get_running_loop().call_soon(self._announce)

        try:
            await member.source.run(prepare)
        except Exception:
            log.exception("An engine is not looked after any more")
            raise

    async def _load_again(self, member: "_Member", engine: Engine) -> None:
        refused: set[str] = set()
        while missing := self._adapters.keys() - member.adapters - refused:
            name = missing.pop()
            try:
                await engine.load_adapter(name, self._adapters[name])
                await engine.read(WARM_UP_PROMPT, adapter=name)
                member.adapters.add(name)
            except EngineRefused as error:
                refused.add(name)
                log.error("An engine goes on without %s: %s", name, error)
                if not self._able(name):
                    self._adapters.pop(name, None)

    def _agree_on(self, model: ServedModel, address: str) -> None:
        if self._model is None:
            self._model = model
        elif (model.name, model.context) != (self._model.name, self._model.context):
            raise EngineRefused(
                f"The engine at {address} serves {model.name} with {model.context} tokens of "
                f"context, another one {self._model.name} with {self._model.context}.",
                "Start all engines with the same model, name and context.",
            )

    def _able(self, adapter: str | None) -> "set[_Member]":
        """Who can answer with that adapter at this moment."""
        ready = {member for member in self._members if member.is_ready}
        return ready if adapter is None else {m for m in ready if adapter in m.adapters}

    def _least_busy(self, adapter: str | None, *, but: "set[_Member]") -> "_Member":
        able = self._able(adapter) - but
        if not able:
            raise self._none_ready()
        return min(able, key=lambda member: (member.busy, self._members.index(member)))

    def _announce(self) -> None:
        self._came_up.set()
        self._came_up = asyncio.Event()

    def _none_ready(self) -> EngineUnavailable:
        reasons = [member.source.status.reason for member in self._members]
        reason = next((reason for reason in reasons if reason is not None), None)
        if reason is not None:
            return EngineUnavailable(reason.problem, reason.remedy)
        return EngineUnavailable("The engine is starting.", "Ask again in half a minute.")


class _Member:
    """One engine of several."""

    def __init__(self, source: EngineSource) -> None:
        self.source = source
        self.engine: Engine | None = None
        """From its first preparation on."""
        self.adapters: set[str] = set()
        """Those that it holds."""
        self.busy = 0
        """Completions that run."""

    @property
    def is_ready(self) -> bool:
        return self.source.status.state is EngineState.READY

    def require(self) -> Engine:
        assert self.engine is not None, "asked before it was ready"
        return self.engine


def _in_words(status: EngineStatus) -> str:
    return f"{status.state}: {status.reason.problem}" if status.reason else str(status.state)
