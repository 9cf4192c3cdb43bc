"""One or several engines that serve the same model: the least busy one that is ready answers."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from pathlib import Path

from understudy_protocol.errors import EngineError, EngineUnavailable
from understudy_server.engine import Engine, EngineDelta

READY_POLL_S = 1.0
STARTING_POLL_S = 0.1

log = logging.getLogger(__name__)


class Engines:
    def __init__(self, engines: Sequence[Engine]) -> None:
        self._members = [_Member(engine) for engine in engines]
        self._adapters: dict[str, Path] = {}
        """What every engine holds, and must be given again after it was started again."""

    @property
    def ready_count(self) -> int:
        return sum(member.ready for member in self._members)

    async def run(self) -> None:
        """Keeps knowing which engines are ready, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for member in self._members:
                tasks.create_task(self._watch(member))

    async def complete(
        self,
        prompt: Sequence[int],
        *,
        adapter: str | None,
        max_tokens: int,
        temperature: float,
        seed: int | None,
        stop: Sequence[str],
        stop_token_ids: Sequence[int],
    ) -> AsyncGenerator[EngineDelta]:
        """See `Engine.complete`. Raises EngineUnavailable if no engine is ready."""
        member = self._least_busy()
        stream = member.engine.complete(
            prompt,
            adapter=adapter,
            max_tokens=max_tokens,
            temperature=temperature,
            seed=seed,
            stop=stop,
            stop_token_ids=stop_token_ids,
        )
        member.busy += 1
        try:
            async with aclosing(stream) as deltas:
                async for delta in deltas:
                    yield delta
        except EngineUnavailable:
            member.ready = False  # until it says otherwise; `run` asks it soon
            raise
        finally:
            member.busy -= 1

    async def load_adapter(self, name: str, path: Path) -> None:
        """Into every engine that is ready; the others get it when they are. Raises EngineError."""
        self._least_busy()
        for member in self._members:
            if member.ready:
                await member.engine.load_adapter(name, path)
        self._adapters[name] = path

    async def warm_adapter(self, name: str) -> None:
        """Has every engine do with the adapter what it does only the first time."""
        for member in self._members:
            if member.ready:
                stream = member.engine.complete((1, 2, 3), adapter=name, max_tokens=2)
                async with aclosing(stream) as deltas:
                    async for _ in deltas:
                        pass

    async def unload_adapter(self, name: str) -> None:
        self._adapters.pop(name, None)
        for member in self._members:
            if member.ready:
                await member.engine.unload_adapter(name)

    def _least_busy(self) -> "_Member":
        ready = [member for member in self._members if member.ready]
        if not ready:
            raise EngineUnavailable(
                "The engine does not answer: it is starting, or starting again.",
                "Ask again in a few seconds; if it stays away, `understudy doctor` says why.",
            )
        return min(ready, key=lambda member: member.busy)

    async def _watch(self, member: "_Member") -> None:
        while True:
            ready = await member.engine.ready()
            if ready and not member.ready:
                try:
                    await self._bring_up_to_date(member.engine)
                except EngineError as error:
                    log.error("%s is not used: %s", member.engine.address, error)
                    ready = False
            member.ready = ready
            await asyncio.sleep(READY_POLL_S if ready else STARTING_POLL_S)

    async def _bring_up_to_date(self, engine: Engine) -> None:
        """Adapters first: an engine that is called ready answers for every release."""
        held = await engine.adapters()
        for name, path in list(self._adapters.items()):
            if name not in held:
                with contextlib.suppress(EngineError):
                    await engine.load_adapter(name, path)
        await engine.warm_up()


class _Member:
    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.ready = False
        self.busy = 0
