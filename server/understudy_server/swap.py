"""Which adapter answers for which repository, and how a promoted release takes over.

`Serving` looks at the serving histories each second. When one names another release: verify it, load
it into all engines under a name of its own, warm it up, and only then let requests have it. A request
holds a lease on its adapter, so it keeps what it began with. The one before stays loaded, for
rollback. A release that cannot be verified or loaded is not served; the one before goes on.

With more repositories than adapters fit, the least recently used are unloaded. A request for such a
repository waits `patience_s` for its adapter; after that the base model answers and the loading goes
on behind it: a late suggestion is worth less than a plainer one.
"""

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from understudy_protocol.errors import EngineError, EngineUnavailable, ReleaseError
from understudy_protocol.release import (
    SERVING_FILE,
    ReleaseVersion,
    adapter_name,
    standing,
)
from understudy_protocol.repository import RepositoryId
from understudy_server import promotions
from understudy_server.loaded import AdapterHolder, LoadedAdapters
from understudy_server.promotions import Rejection
from understudy_server.releases import forget_releases, repositories
from understudy_server.verification import BaseModel, verify

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
    """The name under which the engine knows it."""


BASE_MODEL = Lease(release=None, adapter=None)


class RepositoryServing(msgspec.Struct, frozen=True):
    """What is served for one repository, for people and metrics."""

    repository: RepositoryId
    promoted: ReleaseVersion | None
    serving: ReleaseVersion | None
    loaded: bool
    """False if the next request has to wait for the adapter (or `serving` is the base model)."""
    rejected: Rejection | None
    """Why `promoted` is not what is served."""


class Serving:
    """Answers `use` and `current` from memory; all reading and loading happens in `run`."""

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
    ) -> None:
        self._releases_dir = releases_dir
        self._base = base
        self._warm_up = warm_up
        self._poll_s = poll_s
        self._patience_s = patience_s
        self._loaded = LoadedAdapters(engines, limit=max_adapters)
        self._repositories: dict[RepositoryId, _Repository] = {}
        self._swapping = asyncio.Lock()
        self._settling: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def use(self, repository: RepositoryId) -> AsyncGenerator[Lease]:
        """What answers a request; within, the engines keep that adapter."""
        state = self._repositories.get(repository)
        if state is not None and self._is_cold(state):
            await self._wait_a_little(state)
        lease = self.current(repository)
        adapter = None if lease.adapter is None else self._loaded.get(lease.adapter)
        if adapter is None:
            yield BASE_MODEL
            return
        with self._loaded.use(adapter):
            yield lease

    def current(self, repository: RepositoryId) -> Lease:
        """What would answer a request that cannot wait."""
        state = self._repositories.get(repository)
        if state is None or state.lease.adapter is None:
            return BASE_MODEL
        return state.lease if self._loaded.get(state.lease.adapter) else BASE_MODEL

    @property
    def loaded_count(self) -> int:
        return len(self._loaded)

    def status(self) -> list[RepositoryServing]:
        """One line for each repository that has, or had, something promoted."""
        return [
            RepositoryServing(
                repository=state.repository,
                promoted=state.promoted,
                serving=state.lease.release,
                loaded=self.current(state.repository).adapter is not None,
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
            for task in self._settling:
                task.cancel()

    async def scan(self) -> None:
        """One look at the serving histories; whatever they ask for is done when it returns.

        Newest promotions first; those that do not fit wait for the first request.
        """
        found = await asyncio.to_thread(_stamps, self._releases_dir)
        for repository in self._repositories.keys() - found.keys():
            del self._repositories[repository]
        for repository, stamp in found.items():
            state = self._repositories.setdefault(repository, _Repository(repository))
            if state.stamp != stamp:
                await self._read(state, stamp)
            has_room = not self._loaded.is_full or self.current(repository) is not BASE_MODEL
            if state.is_due and not self._is_settled(state) and (has_room or not state.promoted):
                await self._settle(state)
        async with self._swapping:
            await self._loaded.trim(self._importance())

    async def forget(self, repository: RepositoryId) -> int:
        """Take a repository's adapters out of the engines, then remove its releases; their number.

        Requests that run are waited for, at most 10 s.
        """
        async with self._swapping:
            self._repositories.pop(repository, None)
            for name in self._loaded.names():
                adapter = self._loaded.get(name)
                if adapter is not None and name.startswith(f"{repository}@"):
                    idle = asyncio.create_task(adapter.idle.wait())
                    await asyncio.wait({idle}, timeout=FORGET_PATIENCE_S)
                    idle.cancel()
                    await self._loaded.unload(adapter)
            return await asyncio.to_thread(forget_releases, self._releases_dir, repository)

    def _is_settled(self, state: "_Repository") -> bool:
        return state.lease.release == state.promoted and not self._is_evicted(state)

    def _is_evicted(self, state: "_Repository") -> bool:
        adapter = state.lease.adapter
        return adapter is not None and self._loaded.get(adapter) is None

    def _is_cold(self, state: "_Repository") -> bool:
        """Nothing is loaded for it, though something could be."""
        if state.lease.adapter is None:
            return state.promoted is not None and state.is_due
        return self._loaded.get(state.lease.adapter) is None

    async def _wait_a_little(self, state: "_Repository") -> None:
        if state.settling is None or state.settling.done():
            state.settling = asyncio.create_task(self._settle(state))
            self._settling.add(state.settling)
            state.settling.add_done_callback(self._settling.discard)
        await asyncio.wait({state.settling}, timeout=self._patience_s)

    async def _read(self, state: "_Repository", stamp: "_Stamp") -> None:
        try:
            history = await asyncio.to_thread(
                promotions.history, self._releases_dir, state.repository
            )
        except ReleaseError as error:
            if state.stamp != stamp:
                await self._reject(state, None, error)
        else:
            state.standing = standing(history)
            state.retry_at = 0.0
        state.stamp = stamp

    async def _settle(self, state: "_Repository") -> None:
        async with self._swapping:
            if self._repositories.get(state.repository) is not state or self._is_settled(state):
                return
            try:
                for version in self._candidates(state):
                    if version is None or await self._bring_in(state, version):
                        break
                else:
                    version = None
            except (EngineUnavailable, _NoRoom):
                state.retry_at = time.monotonic() + RETRY_ENGINE_S
                return
            self._flip(state, version)
            if version == state.promoted:
                state.rejected = None
                await asyncio.to_thread(
                    promotions.note_rejection, self._releases_dir, state.repository, None
                )

    def _candidates(self, state: "_Repository") -> Iterator[ReleaseVersion | None]:
        """What is promoted; failing that, what is served; failing that, what stood before."""
        skipped = None if state.is_due or state.rejected is None else state.rejected.version
        served = () if state.lease.release is None else (state.lease.release,)
        for version in dict.fromkeys((state.promoted, *served, *reversed(state.standing))):
            if version is None or version != skipped:
                yield version

    async def _bring_in(self, state: "_Repository", version: ReleaseVersion) -> bool:
        """Whether every engine now holds that release, warm. Raises EngineUnavailable, _NoRoom."""
        name = adapter_name(state.repository, version)
        if self._loaded.get(name) is not None:
            return True
        if not await self._loaded.make_room(self._importance()):
            raise _NoRoom
        try:
            release = await asyncio.to_thread(
                verify, self._releases_dir, state.repository, version, model=self._base
            )
            await self._loaded.load(
                name,
                release.adapter.absolute(),
                warm_up=lambda name: self._warm_up(state.repository, name),
            )
        except EngineUnavailable:
            raise
        except (ReleaseError, EngineError) as error:
            if version == state.promoted:
                await self._reject(state, version, error)
            return False
        return True

    def _flip(self, state: "_Repository", version: ReleaseVersion | None) -> None:
        before = state.lease.release
        if version == before:
            return
        state.previous = before
        state.lease = Lease(
            release=version,
            adapter=None if version is None else adapter_name(state.repository, version),
        )
        log.info(
            "%s is served by %s from here on, before by %s",
            state.repository,
            version or "the base model",
            before or "the base model",
        )

    async def _reject(
        self,
        state: "_Repository",
        version: ReleaseVersion | None,
        error: ReleaseError | EngineError,
    ) -> None:
        state.retry_at = time.monotonic() + RETRY_REJECTED_S
        is_new = state.rejected is None or state.rejected.problem != error.problem
        if not is_new:
            return
        log.error("%s goes on as before: %s", state.repository, error)
        state.rejected = Rejection(
            version=version,
            problem=error.problem,
            remedy=error.remedy,
            at=int(time.time() * 1000),
        )
        await asyncio.to_thread(
            promotions.note_rejection, self._releases_dir, state.repository, state.rejected
        )

    def _importance(self) -> dict[str, int]:
        worth: dict[str, int] = {}
        for state in self._repositories.values():
            if state.previous is not None:
                worth[adapter_name(state.repository, state.previous)] = 1
        for state in self._repositories.values():
            if state.lease.adapter is not None:
                worth[state.lease.adapter] = 2
        return worth


class _NoRoom(Exception):
    """Every adapter that could make room is in use."""


_Stamp = tuple[int, int, int]


class _Repository:
    def __init__(self, repository: RepositoryId) -> None:
        self.repository = repository
        self.stamp: _Stamp | None = None
        self.standing: tuple[ReleaseVersion | None, ...] = ()
        self.lease = BASE_MODEL
        """What was decided; the engines may have been told to let go of it meanwhile."""
        self.previous: ReleaseVersion | None = None
        self.rejected: Rejection | None = None
        self.retry_at = 0.0
        self.settling: asyncio.Task[None] | None = None

    @property
    def promoted(self) -> ReleaseVersion | None:
        return self.standing[-1] if self.standing else None

    @property
    def is_due(self) -> bool:
        return time.monotonic() >= self.retry_at


def _stamps(releases_dir: Path) -> dict[RepositoryId, _Stamp]:
    """What tells one content of a serving history from the next; newest first."""
    stamps: dict[RepositoryId, _Stamp] = {}
    for repository in repositories(releases_dir):
        try:
            status = (releases_dir / repository / SERVING_FILE).lstat()
        except FileNotFoundError:
            continue
        stamps[repository] = (status.st_mtime_ns, status.st_ino, status.st_size)
    return dict(sorted(stamps.items(), key=lambda item: item[1], reverse=True))
