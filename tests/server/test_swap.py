"""A promoted release takes over while requests run."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from fake_engine import Behaviour, expected_text, running
from lessons_learned import lesson
from releases_on_disk import (
    OTHER_REPOSITORY,
    REPOSITORY,
    base_model,
    described,
    overwrite,
    release,
)

from understudy_protocol.errors import EngineError, EngineRefused, EngineUnavailable
from understudy_protocol.lesson import Lesson
from understudy_protocol.release import ReleaseVersion, adapter_name
from understudy_protocol.repository import RepositoryId
from understudy_releases.promotions import promote, rejection, roll_back
from understudy_releases.releases import repositories
from understudy_releases.verification import BaseModel
from understudy_server.engines import Engines as ServerEngines
from understudy_server.remote import Remote
from understudy_server.swap import BASE_MODEL, Lease, Serving


class Engines:
    """Holds adapters by name; refuses, fails and hesitates as told."""

    def __init__(self) -> None:
        self.held: dict[str, Path] = {}
        self.calls: list[str] = []
        self.failure: EngineError | None = None
        self.most_held = 0
        self.may_load = asyncio.Event()
        self.may_load.set()

    async def load_adapter(self, name: str, path: Path) -> None:
        self.calls.append(f"load {name}")
        await self.may_load.wait()
        if self.failure is not None:
            raise self.failure
        self.held[name] = path
        self.most_held = max(self.most_held, len(self.held))

    async def unload_adapter(self, name: str) -> None:
        if self.held.pop(name, None) is not None:
            self.calls.append(f"unload {name}")

    def holds(self, name: str) -> bool:
        return name in self.held

    async def warm_up(self, repository: RepositoryId, name: str) -> None:
        assert name.startswith(f"{repository}@")
        assert name in self.held
        self.calls.append(f"warm {name}")

    async def complete(self, lease: Lease) -> None:
        """As many steps as a completion has, each of which needs the adapter."""
        for _ in range(5):
            assert lease.adapter is None or lease.adapter in self.held
            # Not 0: a loop that never sleeps lets go of the GIL and takes it back before a thread
            # wakes up, each time, and the thread that reads the release never gets on.
            await asyncio.sleep(0.001)


@pytest.fixture
def base(tmp_path: Path) -> BaseModel:
    return described(base_model(tmp_path / "base"))


@pytest.fixture
def releases_dir(tmp_path: Path) -> Path:
    return tmp_path / "releases"


@pytest.fixture
def made(releases_dir: Path, base: BaseModel) -> list[ReleaseVersion]:
    return [release(releases_dir, base, seed=seed) for seed in range(4)]


@pytest.fixture
async def engines() -> Engines:
    return Engines()


@pytest.fixture
def serving(releases_dir: Path, base: BaseModel, engines: Engines) -> Serving:
    return serving_of(releases_dir, base, engines)


def serving_of(
    releases_dir: Path,
    base: BaseModel,
    engines: Engines,
    *,
    max_adapters: int = 8,
    patience_s: float = 5.0,
    retry_rejected_s: float = 0.0,
) -> Serving:
    return Serving(
        releases_dir,
        engines,
        base=base,
        warm_up=engines.warm_up,
        max_adapters=max_adapters,
        poll_s=0.01,
        patience_s=patience_s,
        retry_rejected_s=retry_rejected_s,
    )


def lease_of(version: ReleaseVersion, repository: RepositoryId = REPOSITORY) -> Lease:
    return Lease(release=version, adapter=adapter_name(repository, version))


def repository_number(number: int) -> RepositoryId:
    return RepositoryId(f"some-{number:012x}")


@asynccontextmanager
async def watching(serving: Serving) -> AsyncGenerator[None]:
    task = asyncio.create_task(serving.run())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def until(condition: Callable[[], bool], within_s: float = 10.0) -> None:
    async with asyncio.timeout(within_s):
        while not condition():
            await asyncio.sleep(0.005)


async def test_the_base_model_answers_where_nothing_is_promoted(
    serving: Serving, made: list[ReleaseVersion]
):
    await serving.scan()
    assert serving.current(REPOSITORY) == BASE_MODEL
    async with serving.use(REPOSITORY) as lease:
        assert lease == BASE_MODEL
    assert serving.status() == []


async def test_a_promoted_release_is_loaded_then_warmed_then_served(
    serving: Serving, engines: Engines, releases_dir: Path, made: list[ReleaseVersion]
):
    promote(releases_dir, REPOSITORY, made[0], reason="")
    engines.may_load.clear()
    scanning = asyncio.create_task(serving.scan())
    await until(lambda: bool(engines.calls))
    assert serving.current(REPOSITORY) == BASE_MODEL
    engines.may_load.set()
    await scanning
    name = adapter_name(REPOSITORY, made[0])
    assert engines.calls == [f"load {name}", f"warm {name}"]
    assert engines.held == {name: releases_dir / REPOSITORY / made[0] / "adapter"}
    async with serving.use(REPOSITORY) as lease:
        assert lease == lease_of(made[0])


async def test_the_running_watcher_notices_a_promotion(
    serving: Serving, releases_dir: Path, made: list[ReleaseVersion]
):
    async with watching(serving):
        for version in made:
            promote(releases_dir, REPOSITORY, version, reason="")
            await until(lambda version=version: serving.current(REPOSITORY) == lease_of(version))


async def test_a_rollback_is_served_without_loading_again(
    serving: Serving, engines: Engines, releases_dir: Path, made: list[ReleaseVersion]
):
    for version in made[:2]:
        promote(releases_dir, REPOSITORY, version, reason="")
        await serving.scan()
    calls = list(engines.calls)
    roll_back(releases_dir, REPOSITORY, reason="")
    await serving.scan()
    assert serving.current(REPOSITORY) == lease_of(made[0])
    assert engines.calls == calls


async def test_rolling_back_the_first_promotion_leaves_the_base_model(
    serving: Serving, releases_dir: Path, made: list[ReleaseVersion]
):
    promote(releases_dir, REPOSITORY, made[0], reason="")
    await serving.scan()
    roll_back(releases_dir, REPOSITORY, reason="")
    await serving.scan()
    assert serving.current(REPOSITORY) == BASE_MODEL


async def test_older_ones_are_unloaded_only_when_no_request_uses_them(
    serving: Serving, engines: Engines, releases_dir: Path, made: list[ReleaseVersion]
):
    promote(releases_dir, REPOSITORY, made[0], reason="")
    await serving.scan()
    async with serving.use(REPOSITORY) as lease:
        for version in made[1:3]:
            promote(releases_dir, REPOSITORY, version, reason="")
            await serving.scan()
        assert lease == lease_of(made[0])
        assert len(engines.held) == 3
    await serving.scan()
    assert set(engines.held) == {adapter_name(REPOSITORY, version) for version in made[1:3]}


async def test_no_request_fails_or_changes_its_adapter_during_swaps(
    releases_dir: Path, base: BaseModel, engines: Engines, made: list[ReleaseVersion]
):
    """One adapter may be loaded, so every swap needs the room of the one that is in use."""
    serving = serving_of(releases_dir, base, engines, max_adapters=1)
    seen: set[ReleaseVersion | None] = set()
    done = asyncio.Event()

    async def ask() -> None:
        while not done.is_set():
            async with serving.use(REPOSITORY) as lease:
                seen.add(lease.release)
                await engines.complete(lease)

    askers = [asyncio.create_task(ask()) for _ in range(8)]
    async with watching(serving):
        for version in made * 3:
            promote(releases_dir, REPOSITORY, version, reason="")
            await until(lambda version=version: serving.current(REPOSITORY) == lease_of(version))
        await until(lambda: seen >= set(made))
    done.set()
    await asyncio.gather(*askers)
    assert engines.most_held == 2


async def test_fifty_swaps_under_load_through_the_real_client(
    tmp_path: Path, releases_dir: Path, base: BaseModel, made: list[ReleaseVersion]
):
    """The fake engine names in its text the adapter that answered, and refuses unknown ones."""
    prompt = [300, 301, 302]
    answered = 0
    done = asyncio.Event()

    async def ask(engines: ServerEngines, serving: Serving) -> None:
        nonlocal answered
        while not done.is_set():
            async with serving.use(REPOSITORY) as lease:
                completion = engines.complete(prompt, adapter=lease.adapter, max_tokens=20)
                async with contextlib.aclosing(completion):
                    text = "".join([delta.text async for delta in completion])
            assert text == expected_text(prompt, lease.adapter)
            answered += 1

    async def warm_up(_: RepositoryId, name: str) -> None:
        await engines.warm_up(prompt, adapter=name)

    behaviour = Behaviour(token_delay_s=0.001)
    async with (
        running(behaviour, tmp_path / "e.sock") as fake,
        ServerEngines([Remote(fake.address)]) as engines,
    ):
        await engines.wait_ready()
        serving = Serving(releases_dir, engines, base=base, warm_up=warm_up, max_adapters=2)
        async with asyncio.TaskGroup() as tasks:
            for _ in range(4):
                tasks.create_task(ask(engines, serving))
            for number in range(50):
                version = made[number % len(made)]
                promote(releases_dir, REPOSITORY, version, reason="")
                await serving.scan()
                assert serving.current(REPOSITORY) == lease_of(version)
                before = answered
                await until(lambda before=before: answered > before)
            done.set()
        assert len(fake.state.adapters) <= 3


async def test_a_damaged_release_is_not_loaded_and_the_one_before_goes_on(
    serving: Serving, engines: Engines, releases_dir: Path, made: list[ReleaseVersion]
):
    for version in made[:2]:
        promote(releases_dir, REPOSITORY, version, reason="")
        if version == made[0]:
            await serving.scan()
    damaged = releases_dir / REPOSITORY / made[1] / "lessons.json"
    whole = damaged.read_bytes()
    overwrite(damaged, b"[]")
    await serving.scan()
    assert serving.current(REPOSITORY) == lease_of(made[0])
    assert set(engines.held) == {adapter_name(REPOSITORY, made[0])}
    (status,) = serving.status()
    assert (status.promoted, status.serving, status.loaded) == (made[1], made[0], True)
    assert status.rejected is not None
    assert "is damaged" in status.rejected.problem
    assert rejection(releases_dir, REPOSITORY) == status.rejected

    overwrite(damaged, whole)
    await serving.scan()
    assert serving.current(REPOSITORY) == lease_of(made[1])
    assert serving.status()[0].rejected is None
    assert rejection(releases_dir, REPOSITORY) is None


async def test_a_rejected_release_is_not_tried_again_at_once(
    releases_dir: Path, base: BaseModel, engines: Engines, made: list[ReleaseVersion]
):
    serving = serving_of(releases_dir, base, engines, retry_rejected_s=3600)
    engines.failure = EngineRefused("The engine will not.", "Mend it.")
    promote(releases_dir, REPOSITORY, made[0], reason="")
    for _ in range(3):
        await serving.scan()
        async with serving.use(REPOSITORY) as lease:
            assert lease == BASE_MODEL
    assert engines.calls == [f"load {adapter_name(REPOSITORY, made[0])}"]


async def test_a_new_promotion_is_tried_at_once_after_a_rejection(
    releases_dir: Path, base: BaseModel, engines: Engines, made: list[ReleaseVersion]
):
    serving = serving_of(releases_dir, base, engines, retry_rejected_s=3600)
    engines.failure = EngineRefused("The engine will not.", "Mend it.")
    promote(releases_dir, REPOSITORY, made[0], reason="")
    await serving.scan()
    engines.failure = None
    promote(releases_dir, REPOSITORY, made[1], reason="")
    await serving.scan()
    assert serving.current(REPOSITORY) == lease_of(made[1])


async def test_a_lease_has_what_was_learned_with_the_release_that_it_names(
    serving: Serving, releases_dir: Path, base: BaseModel
):
    """Also while another takes over, and after a rollback."""
    versions = [
        release(releases_dir, base, seed=seed, lessons=[lesson(f"name_{seed}")])
        for seed in range(2)
    ]
    promote(releases_dir, REPOSITORY, versions[0], reason="")
    await serving.scan()
    async with serving.use(REPOSITORY) as before:
        promote(releases_dir, REPOSITORY, versions[1], reason="")
        await serving.scan()
        assert known(before) == [lesson("name_0")]
    assert known(serving.current(REPOSITORY)) == [lesson("name_1")]
    roll_back(releases_dir, REPOSITORY, reason="")
    await serving.scan()
    assert known(serving.current(REPOSITORY)) == [lesson("name_0")]
    roll_back(releases_dir, REPOSITORY, reason="")
    await serving.scan()
    assert known(serving.current(REPOSITORY)) == []


async def test_a_release_without_an_adapter_is_the_base_model_with_what_else_was_learned(
    serving: Serving, engines: Engines, releases_dir: Path, base: BaseModel
):
    bare = release(releases_dir, base, lessons=[lesson()], has_adapter=False)
    promote(releases_dir, REPOSITORY, bare, reason="")
    await serving.scan()
    async with serving.use(REPOSITORY) as lease:
        assert (lease.release, lease.adapter, known(lease)) == (bare, None, [lesson()])
    assert engines.calls == []
    (status,) = serving.status()
    assert (status.serving, status.loaded, status.rejected) == (bare, True, None)

    whole = release(releases_dir, base, seed=1)
    promote(releases_dir, REPOSITORY, whole, reason="")
    await serving.scan()
    assert serving.current(REPOSITORY) == lease_of(whole)
    roll_back(releases_dir, REPOSITORY, reason="")
    await serving.scan()
    assert serving.current(REPOSITORY).release == bare
    roll_back(releases_dir, REPOSITORY, reason="")
    await serving.scan()
    assert serving.current(REPOSITORY) == BASE_MODEL


async def test_two_releases_with_the_same_adapter_take_over_from_each_other(
    serving: Serving, engines: Engines, releases_dir: Path, base: BaseModel
):
    """They differ in what lies beside it, and the engine knows them by different names."""
    first, second = (
        release(releases_dir, base, lessons=[lesson(name)]) for name in ("timeout", "verify")
    )
    promote(releases_dir, REPOSITORY, first, reason="")
    await serving.scan()
    async with serving.use(REPOSITORY) as before:
        promote(releases_dir, REPOSITORY, second, reason="")
        await serving.scan()
        await engines.complete(before)
    assert serving.current(REPOSITORY).adapter == adapter_name(REPOSITORY, second)
    assert known(serving.current(REPOSITORY)) == [lesson("verify")]
    roll_back(releases_dir, REPOSITORY, reason="")
    await serving.scan()
    assert known(serving.current(REPOSITORY)) == [lesson("timeout")]


def known(lease: Lease) -> list[Lesson]:
    return list(lease.learned.lessons.lessons)


async def test_a_release_of_another_base_model_is_never_given_to_the_engine(
    tmp_path: Path,
    releases_dir: Path,
    base: BaseModel,
    engines: Engines,
):
    other = described(base_model(tmp_path / "other", seed=1))
    promote(releases_dir, REPOSITORY, release(releases_dir, base), reason="")
    serving = serving_of(releases_dir, other, engines)
    await serving.scan()
    assert serving.current(REPOSITORY) == BASE_MODEL
    assert engines.calls == []


async def test_a_release_that_cannot_be_warmed_is_taken_out_again(
    releases_dir: Path, base: BaseModel, engines: Engines, made: list[ReleaseVersion]
):
    async def refuse(repository: RepositoryId, name: str) -> None:
        raise EngineRefused(f"{name} of {repository} answers nonsense.", "Train again.")

    serving = Serving(releases_dir, engines, base=base, warm_up=refuse)
    promote(releases_dir, REPOSITORY, made[0], reason="")
    await serving.scan()
    assert serving.current(REPOSITORY) == BASE_MODEL
    assert engines.held == {}


async def test_an_engine_that_is_away_is_no_fault_of_the_release(
    serving: Serving, engines: Engines, releases_dir: Path, made: list[ReleaseVersion]
):
    engines.failure = EngineUnavailable("The engine is starting.", "Wait.")
    promote(releases_dir, REPOSITORY, made[0], reason="")
    async with watching(serving):
        await until(lambda: bool(engines.calls))
        assert serving.status()[0].rejected is None
        engines.failure = None
        await until(lambda: serving.current(REPOSITORY) == lease_of(made[0]))


async def test_after_a_restart_a_damaged_release_is_passed_over(
    serving: Serving, releases_dir: Path, made: list[ReleaseVersion]
):
    for version in made[:3]:
        promote(releases_dir, REPOSITORY, version, reason="")
    for version in made[1:3]:
        overwrite(releases_dir / REPOSITORY / version / "lessons.json", b"[]")
    await serving.scan()
    assert serving.current(REPOSITORY) == lease_of(made[0])
    assert serving.status()[0].promoted == made[2]


@pytest.mark.parametrize("earlier", [True, False], ids=["one before", "the base model"])
async def test_a_release_that_the_engine_refuses_after_a_restart_gives_way(
    releases_dir: Path,
    base: BaseModel,
    engines: Engines,
    made: list[ReleaseVersion],
    earlier: bool,
):
    serving = serving_of(releases_dir, base, engines, retry_rejected_s=3600)
    for version in made[:2] if earlier else made[1:2]:
        promote(releases_dir, REPOSITORY, version, reason="")
        await serving.scan()
    overwrite(releases_dir / REPOSITORY / made[1] / "lessons.json", b"[]")
    del engines.held[adapter_name(REPOSITORY, made[1])]
    async with serving.use(REPOSITORY) as lease:
        assert lease == (lease_of(made[0]) if earlier else BASE_MODEL)
        await engines.complete(lease)
    [status] = serving.status()
    assert status.rejected is not None
    assert status.rejected.version == made[1]
    assert rejection(releases_dir, REPOSITORY) == status.rejected


async def test_a_sound_release_that_the_engines_lost_is_loaded_again(
    serving: Serving, engines: Engines, releases_dir: Path, made: list[ReleaseVersion]
):
    promote(releases_dir, REPOSITORY, made[0], reason="")
    await serving.scan()
    engines.held.clear()
    async with serving.use(REPOSITORY) as lease:
        assert lease == lease_of(made[0])
        await engines.complete(lease)


async def test_a_serving_history_that_cannot_be_read_changes_nothing(
    serving: Serving, releases_dir: Path, made: list[ReleaseVersion]
):
    promote(releases_dir, REPOSITORY, made[0], reason="")
    await serving.scan()
    path = releases_dir / REPOSITORY / "serving.json"
    whole = path.read_bytes()
    path.write_bytes(b"{")
    await serving.scan()
    assert serving.current(REPOSITORY) == lease_of(made[0])
    rejected = serving.status()[0].rejected
    assert rejected is not None
    assert "serving.json" in rejected.problem
    path.write_bytes(whole)
    await serving.scan()
    assert serving.status()[0].rejected is None


async def test_the_number_of_loaded_adapters_is_bounded(
    releases_dir: Path, base: BaseModel, engines: Engines
):
    promoted = _promote_in_repositories(5, releases_dir, base)
    serving = serving_of(releases_dir, base, engines, max_adapters=2)
    await serving.scan()
    assert serving.loaded_count == len(engines.held) == 2
    for repository, version in promoted.items():
        async with serving.use(repository) as lease:
            assert lease == lease_of(version, repository)
            await engines.complete(lease)
        await serving.scan()
        assert serving.loaded_count <= 2
    assert engines.most_held <= 3


async def test_the_least_recently_used_adapter_makes_room(
    releases_dir: Path, base: BaseModel, engines: Engines
):
    repositories = list(_promote_in_repositories(3, releases_dir, base))
    serving = serving_of(releases_dir, base, engines, max_adapters=2)
    await serving.scan()
    loaded = [one for one in repositories if serving.current(one) != BASE_MODEL]
    (cold,) = set(repositories) - set(loaded)
    for one in loaded:
        async with serving.use(one):
            pass
    async with serving.use(cold):
        pass
    await serving.scan()
    assert serving.loaded_count == 2
    assert serving.current(loaded[0]) == BASE_MODEL
    assert serving.current(loaded[1]) != BASE_MODEL


async def test_when_every_adapter_is_in_use_the_base_model_answers(
    releases_dir: Path, base: BaseModel, engines: Engines
):
    promoted = _promote_in_repositories(4, releases_dir, base)
    serving = serving_of(releases_dir, base, engines, max_adapters=1)
    await serving.scan()
    leases: list[Lease] = []
    async with contextlib.AsyncExitStack() as stack:
        for repository in promoted:
            leases.append(await stack.enter_async_context(serving.use(repository)))
    # One more than allowed, for the time of a swap.
    assert sum(lease != BASE_MODEL for lease in leases) == 2
    await serving.scan()
    assert serving.loaded_count == 1


async def test_a_first_release_takes_the_room_of_one_kept_for_a_rollback(
    releases_dir: Path, base: BaseModel, engines: Engines, made: list[ReleaseVersion]
):
    serving = serving_of(releases_dir, base, engines, max_adapters=2)
    for version in made[:2]:
        promote(releases_dir, REPOSITORY, version, reason="")
        await serving.scan()
    other = release(releases_dir, base, repository=OTHER_REPOSITORY)
    promote(releases_dir, OTHER_REPOSITORY, other, reason="")
    await serving.scan()
    assert serving.current(REPOSITORY) == lease_of(made[1])
    assert serving.current(OTHER_REPOSITORY) == lease_of(other, OTHER_REPOSITORY)
    assert serving.loaded_count == 2


async def test_a_release_that_took_over_is_kept_while_requests_hold_the_ones_before(
    releases_dir: Path, base: BaseModel, engines: Engines, made: list[ReleaseVersion]
):
    serving = serving_of(releases_dir, base, engines, max_adapters=1)
    promote(releases_dir, REPOSITORY, made[0], reason="")
    await serving.scan()
    async with serving.use(REPOSITORY) as before:
        promote(releases_dir, REPOSITORY, made[1], reason="")
        await serving.scan()
        assert serving.current(REPOSITORY) == lease_of(made[1])
        await engines.complete(before)
    await serving.scan()
    assert set(engines.held) == {adapter_name(REPOSITORY, made[1])}


async def test_a_request_does_not_wait_long_for_a_cold_adapter(
    releases_dir: Path, base: BaseModel, engines: Engines
):
    promoted = _promote_in_repositories(2, releases_dir, base)
    serving = serving_of(releases_dir, base, engines, max_adapters=1, patience_s=0.01)
    await serving.scan()
    cold = next(one for one in promoted if serving.current(one) == BASE_MODEL)
    engines.may_load.clear()
    async with serving.use(cold) as lease:
        assert lease == BASE_MODEL
    engines.may_load.set()
    await until(lambda: serving.current(cold) == lease_of(promoted[cold], cold))


async def test_a_rejected_release_does_not_keep_the_one_before_from_coming_back(
    releases_dir: Path, base: BaseModel, engines: Engines, made: list[ReleaseVersion]
):
    other = release(releases_dir, base, repository=OTHER_REPOSITORY)
    serving = serving_of(releases_dir, base, engines, max_adapters=1, retry_rejected_s=3600)
    promote(releases_dir, REPOSITORY, made[0], reason="")
    await serving.scan()
    promote(releases_dir, REPOSITORY, made[1], reason="")
    overwrite(releases_dir / REPOSITORY / made[1] / "lessons.json", b"[]")
    await serving.scan()
    promote(releases_dir, OTHER_REPOSITORY, other, reason="")
    await serving.scan()
    async with serving.use(OTHER_REPOSITORY) as lease:
        assert lease == lease_of(other, OTHER_REPOSITORY)
    await serving.scan()
    assert serving.current(REPOSITORY) == BASE_MODEL
    async with serving.use(REPOSITORY) as lease:
        assert lease == lease_of(made[0])


async def test_forgetting_waits_for_requests_then_unloads_then_removes(
    serving: Serving, engines: Engines, releases_dir: Path, made: list[ReleaseVersion]
):
    for version in made[:2]:
        promote(releases_dir, REPOSITORY, version, reason="")
        await serving.scan()
    async with serving.use(REPOSITORY) as lease:
        forgetting = asyncio.create_task(serving.forget(REPOSITORY))
        await until(lambda: serving.current(REPOSITORY) == BASE_MODEL)
        assert repositories(releases_dir) == [REPOSITORY]
        await engines.complete(lease)
    assert await forgetting == 4
    assert engines.held == {}
    assert repositories(releases_dir) == []
    await serving.scan()
    assert serving.status() == []


async def test_releases_removed_by_hand_leave_the_base_model(
    serving: Serving, engines: Engines, releases_dir: Path, made: list[ReleaseVersion]
):
    promote(releases_dir, REPOSITORY, made[0], reason="")
    await serving.scan()
    (releases_dir / REPOSITORY).rename(releases_dir / ".gone")
    await serving.scan()
    assert serving.current(REPOSITORY) == BASE_MODEL
    assert engines.held == {}


def _promote_in_repositories(
    count: int, releases_dir: Path, base: BaseModel
) -> dict[RepositoryId, ReleaseVersion]:
    promoted: dict[RepositoryId, ReleaseVersion] = {}
    for number in range(count):
        repository = repository_number(number)
        promoted[repository] = release(releases_dir, base, repository=repository)
        promote(releases_dir, repository, promoted[repository], reason="")
    return promoted
