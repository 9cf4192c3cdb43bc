"""Which adapter answers for which repository, and how a promoted release takes over.

`Serving` looks at the serving histories each second. When one names another release: verify it,
load it into all engines under a name of its own, warm it up, and only then let requests have it. A
request holds a lease on its adapter, so it ends with the one it began with. The one before stays
loaded, for a rollback. A release that cannot be verified or loaded is not served; the one before
goes on, and the reason is logged, in `status` and in `rejected.json`.

With more repositories than adapters fit, the least recently used are unloaded. A request for such a
repository waits `patience_s` for its adapter; after that the base model answers, and the loading
goes on behind it: a late suggestion is worth less than a plainer one.
"""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from understudy_protocol.errors import EngineError, EngineUnavailable, ReleaseError
from understudy_protocol.release import ReleaseVersion, adapter_name, standing
from understudy_protocol.repository import RepositoryId
from understudy_releases import promotions
from understudy_releases.promotions import Rejection
from understudy_releases.releases import forget_releases
from understudy_releases.verification import BaseModel, verify
from understudy_server.learned import Learned, read_learned
from understudy_server.loaded import AdapterHolder, LoadedAdapter, LoadedAdapters
from understudy_server.served_repository import (
    RepositoryServing,
    ServedRepository,
    Stamp,
    importance,
    stamps,
)

RETRY_ENGINE_S = 1.0
RETRY_REJECTED_S = 60.0
FORGET_PATIENCE_S = 10.0

log = logging.getLogger(__name__)

WarmUp = Callable[[RepositoryId, str], Awaitable[None]]
"""Has the engines complete something with the adapter of that name, one token at least."""


class Lease(msgspec.Struct, frozen=True):
    """What answers one request, from its first token to its last."""

    release: ReleaseVersion | None
    """None is the base model."""
    adapter: str | None
    """The name under which the engines know it; None if the release has none, too."""
    learned: Learned = Learned()
    """What else that release holds."""


BASE_MODEL = Lease(release=None, adapter=None)


class Serving:
    """`use` and `current` answer from memory; all reading and loading happens in `run`."""

    def __init__(
        self,
        releases_dir: Path,
        engines: AdapterHolder,
        *,
        base: BaseModel,
        warm_up: WarmUp,
        max_adapters: int = 8,
        poll_s: float = 1.0,
        patience_s: float = 0.25,
        retry_rejected_s: float = RETRY_REJECTED_S,
    ) -> None:
        self._releases_dir = releases_dir
        self._base = base
        self._warm_up = warm_up
        self._poll_s = poll_s
        self._patience_s = patience_s
        self._retry_rejected_s = retry_rejected_s
        self._max_adapters = max_adapters
        self._loaded = LoadedAdapters(engines, limit=max_adapters)
        self._repositories: dict[RepositoryId, ServedRepository] = {}
        self._swapping = asyncio.Lock()
        self._settling: dict[RepositoryId, asyncio.Task[None]] = {}

    @asynccontextmanager
    async def use(self, repository: RepositoryId) -> AsyncGenerator[Lease]:
        """What answers a request; within, the engines keep that adapter."""
        state = self._repositories.get(repository)
        if state is not None and self._is_cold(state):
            await self._wait_a_little(state)
        adapter = self._answering(repository)
        if adapter is None:
            yield BASE_MODEL
            return
        with self._loaded.use(adapter):
            yield self.current(repository)

    def current(self, repository: RepositoryId) -> Lease:
        """What answers a request that cannot wait."""
        adapter = self._answering(repository)
        if adapter is None:
            return BASE_MODEL
        return Lease(
            release=self._repositories[repository].serving,
            adapter=adapter.name if adapter.has_weights else None,
            learned=adapter.learned,
        )

    def _answering(self, repository: RepositoryId) -> LoadedAdapter | None:
        state = self._repositories.get(repository)
        if state is None or state.adapter is None:
            return None
        return self._loaded.get(state.adapter)

    @property
    def loaded_count(self) -> int:
        return len(self._loaded)

    def status(self) -> list[RepositoryServing]:
        """One line for each repository with a serving history."""
        return [
            RepositoryServing(
                repository=state.repository,
                promoted=state.promoted,
                serving=state.serving,
                loaded=self.current(state.repository).release is not None,
                rejected=state.rejected,
            )
            for state in self._repositories.values()
        ]

    async def run(self) -> None:
        """Scans until cancelled."""
        complaint = ""
        try:
            while True:
                try:
                    await self.scan()
                    complaint = ""
                except (ReleaseError, EngineError, OSError) as error:
                    if str(error) != complaint:
                        complaint = str(error)
                        log.error("The releases could not be looked at: %s", complaint)
                await asyncio.sleep(self._poll_s)
        finally:
            for task in self._settling.values():
                task.cancel()

    async def scan(self) -> None:
        """One look at the serving histories; whatever they ask for is done when it returns.

        Newest promotions first; those that do not fit wait for the first request.
        """
        found = await asyncio.to_thread(stamps, self._releases_dir)
        for repository in self._repositories.keys() - found.keys():
            del self._repositories[repository]
        room = self._room()
        for repository, stamp in found.items():
            state = self._repositories.setdefault(repository, ServedRepository(repository))
            if state.stamp != stamp:
                await self._read(state, stamp)
            fits = room > 0 or state.promoted is None or self._is_loaded(state)
            if state.is_due and fits and not self._is_settled(state):
                await self._settle(state)
                room = self._room()
        async with self._swapping:
            await self._loaded.trim(importance(self._repositories.values()))

    async def forget(self, repository: RepositoryId) -> int:
        """Take a repository's adapters out of the engines, then remove its releases; their number.

        Requests that run are waited for, at most 10 s.
        """
        async with self._swapping:
            self._repositories.pop(repository, None)
            for adapter in self._loaded.of(repository):
                idle = asyncio.create_task(adapter.idle.wait())
                await asyncio.wait({idle}, timeout=FORGET_PATIENCE_S)
                idle.cancel()
                await self._loaded.unload(adapter)
            return await asyncio.to_thread(forget_releases, self._releases_dir, repository)

    def _room(self) -> int:
        """For how many more repositories an adapter can be loaded without taking one's away."""
        return self._max_adapters - sum(map(self._is_loaded, self._repositories.values()))

    def _is_loaded(self, state: ServedRepository) -> bool:
        return state.adapter is not None and self._loaded.get(state.adapter) is not None

    def _is_settled(self, state: ServedRepository) -> bool:
        return state.serving == state.promoted and (state.serving is None or self._is_loaded(state))

    def _is_cold(self, state: ServedRepository) -> bool:
        """Nothing is loaded for it, though something could be."""
        if state.serving is None:
            return state.promoted is not None and state.is_due
        return not self._is_loaded(state)

    async def _wait_a_little(self, state: ServedRepository) -> None:
        task = self._settling.get(state.repository)
        if task is None:
            task = asyncio.create_task(self._settle(state))
            self._settling[state.repository] = task
            task.add_done_callback(lambda _: self._settling.pop(state.repository, None))
        await asyncio.wait({task}, timeout=self._patience_s)

    async def _read(self, state: ServedRepository, stamp: Stamp) -> None:
        try:
            history = await asyncio.to_thread(
                promotions.history, self._releases_dir, state.repository
            )
        except ReleaseError as error:
            await self._reject(state, None, error)
        else:
            state.standing, state.stamp = standing(history), stamp
            state.rejected, state.retry_at = None, 0.0
            await self._note(state)

    async def _settle(self, state: ServedRepository) -> None:
        """Serve the first of the candidates that can be."""
        async with self._swapping:
            if self._repositories.get(state.repository) is not state or self._is_settled(state):
                return
            chosen: ReleaseVersion | None = None
            try:
                for version in state.candidates():
                    if version is None or await self._bring_in(state, version):
                        chosen = version
                        break
            except (EngineUnavailable, _NoRoom):
                state.retry_at = time.monotonic() + RETRY_ENGINE_S
                return
            self._flip(state, chosen)
            if chosen == state.promoted:
                state.rejected = None
                await self._note(state)

    async def _bring_in(self, state: ServedRepository, version: ReleaseVersion) -> bool:
        """Whether every engine now holds that release, warm. Raises EngineUnavailable, _NoRoom."""
        name = adapter_name(state.repository, version)
        if self._loaded.get(name) is not None:
            return True
        if not await self._loaded.make_room(importance(self._repositories.values())):
            raise _NoRoom
        try:
            release = await asyncio.to_thread(
                verify, self._releases_dir, state.repository, version, model=self._base
            )
            await self._loaded.load(
                name,
                release.adapter and release.adapter.absolute(),
                learned=await asyncio.to_thread(read_learned, release.folder),
                warm_up=lambda name: self._warm_up(state.repository, name),
            )
        except EngineUnavailable:
            raise
        except (ReleaseError, EngineError) as error:
            if version == state.promoted:
                await self._reject(state, version, error)
            return False
        return True

    def _flip(self, state: ServedRepository, version: ReleaseVersion | None) -> None:
        """From here on requests get `version`. Nothing is awaited between look-up and change."""
        if version == state.serving:
            return
        state.previous, state.serving = state.serving, version
        log.info(
            "%s is served by %s, before by %s",
            state.repository,
            state.serving or "the base model",
            state.previous or "the base model",
        )

    async def _reject(
        self,
        state: ServedRepository,
        version: ReleaseVersion | None,
        error: ReleaseError | EngineError,
    ) -> None:
        state.retry_at = time.monotonic() + self._retry_rejected_s
        if state.rejected is not None and state.rejected.problem == error.problem:
            return
        log.error("%s goes on as before: %s", state.repository, error)
        now = int(time.time() * 1000)
        state.rejected = Rejection(
            version=version, problem=error.problem, remedy=error.remedy, at=now
        )
        await self._note(state)

    async def _note(self, state: ServedRepository) -> None:
        await asyncio.to_thread(
            promotions.note_rejection, self._releases_dir, state.repository, state.rejected
        )


class _NoRoom(Exception):
    """Every adapter that could make room is in use."""
