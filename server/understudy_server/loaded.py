"""The adapters that the engines hold, and who uses them.

Bounded: above `limit` the least important, least recently used one is unloaded, but never one
that a request uses. While one is being loaded there may be one more, so that a busy adapter can be
replaced even if only one is allowed; vLLM's `--max-cpu-loras` must be at least `limit + 1`.
"""

import asyncio
import contextlib
import itertools
from collections.abc import Awaitable, Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from understudy_protocol.errors import EngineError
from understudy_protocol.repository import RepositoryId
from understudy_server.learned import Learned


class AdapterHolder(Protocol):
    """All engines together; loading succeeds in every one of them or raises EngineError."""

    async def load_adapter(self, name: str, path: Path) -> None: ...

    async def unload_adapter(self, name: str) -> None: ...

    def holds(self, name: str) -> bool:
        """False if the engines came back without an adapter that they had, and refuse it now."""
        ...


class LoadedAdapter:
    """One adapter that every engine holds, or the lack of one: a release may be the base model as
    it is, with what else was learned."""

    def __init__(self, name: str, learned: Learned, *, has_weights: bool) -> None:
        self.name = name
        self.learned = learned
        """What else its release holds."""
        self.has_weights = has_weights
        self.users = 0
        self.used_at = 0
        """Grows with each use; no clock."""
        self.idle = asyncio.Event()
        self.idle.set()


class LoadedAdapters:
    """Not for use from several tasks at a time, but for `get` and `use`, which never wait."""

    def __init__(self, engines: AdapterHolder, *, limit: int) -> None:
        self._engines = engines
        self._limit = limit
        self._by_name: dict[str, LoadedAdapter] = {}
        self._uses = itertools.count(1)

    def __len__(self) -> int:
        return len(self._by_name)

    def get(self, name: str) -> LoadedAdapter | None:
        adapter = self._by_name.get(name)
        if adapter is not None and adapter.has_weights and not self._engines.holds(name):
            del self._by_name[name]
            return None
        return adapter

    def of(self, repository: RepositoryId) -> list[LoadedAdapter]:
        return [one for name, one in self._by_name.items() if name.startswith(f"{repository}@")]

    @contextmanager
    def use(self, adapter: LoadedAdapter) -> Generator[None]:
        """Within, the engines keep the adapter."""
        adapter.users += 1
        adapter.used_at = next(self._uses)
        adapter.idle.clear()
        try:
            yield
        finally:
            adapter.users -= 1
            if adapter.users == 0:
                adapter.idle.set()

    async def load(
        self,
        name: str,
        path: Path | None,
        *,
        learned: Learned,
        warm_up: Callable[[str], Awaitable[None]],
    ) -> None:
        """Loaded and warm, or not loaded at all. Raises EngineError."""
        if path is not None:
            try:
                await self._engines.load_adapter(name, path)
                await warm_up(name)
            except BaseException:
                await self._let_go(name)
                raise
        adapter = LoadedAdapter(name, learned, has_weights=path is not None)
        adapter.used_at = next(self._uses)
        self._by_name[name] = adapter

    async def make_room(self, importance: Mapping[str, int]) -> bool:
        """`trim`, and whether one more may be loaded; False if too many are in use."""
        await self.trim(importance)
        return len(self._by_name) <= self._limit

    async def trim(self, importance: Mapping[str, int]) -> None:
        """Unload what has no importance, and beyond the limit the least; idle ones only.

        What is worth keeping does not depend on who is idle: a release that just took over is not
        unloaded because requests still hold the ones before it.
        """
        by_worth = sorted(
            self._by_name.values(),
            key=lambda adapter: (importance.get(adapter.name, 0), adapter.used_at),
            reverse=True,
        )
        for place, adapter in enumerate(by_worth):
            is_spare = adapter.name not in importance or place >= self._limit
            if is_spare and adapter.users == 0:
                await self.unload(adapter)

    async def unload(self, adapter: LoadedAdapter) -> None:
        # First out of the books: from here on no request can begin to use it.
        self._by_name.pop(adapter.name, None)
        if adapter.has_weights:
            await self._let_go(adapter.name)

    async def _let_go(self, name: str) -> None:
        # An engine that cannot be reached has lost its adapters, or will with its next restart.
        with contextlib.suppress(EngineError):
            await self._engines.unload_adapter(name)
