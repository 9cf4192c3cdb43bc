"""A release that is taken less than what was there before goes by itself."""

import random
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from experience_facts import a_completion, an_event, new_id
from gateway_under_test import gateway_under_test, until
from releases_on_disk import REPOSITORY, base_model, described, release

from understudy_protocol.completion import Completion
from understudy_protocol.errors import ReleaseError
from understudy_protocol.events import Event
from understudy_protocol.release import ReleaseVersion, served, standing
from understudy_releases.promotions import history, promote, roll_back
from understudy_server.online import BY_ITSELF, Online
from understudy_server.store import Store, open_store

MODEL = "prompter"
LATER = 10_000_000
"""Seconds; everything is settled by then."""


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path}/experience.db")
    yield opened
    await opened.close()


@pytest.fixture
def releases_dir(tmp_path: Path) -> Path:
    return tmp_path / "releases"


@pytest.fixture
def made(tmp_path: Path, releases_dir: Path) -> list[ReleaseVersion]:
    base = described(base_model(tmp_path / "base"))
    return [release(releases_dir, base, seed=seed) for seed in range(2)]


def online(store: Store, releases_dir: Path, *, now: float = LATER) -> Online:
    return Online(store, releases_dir, model=MODEL, clock=lambda: now)


async def show(
    store: Store,
    version: ReleaseVersion | None,
    count: int,
    *,
    at: int,
    taken: float,
    dwell_ms: int = 900,
    kept: float | None = None,
    **changes: object,
) -> list[Completion]:
    """So many suggestions of a release, of which a share is taken."""
    chance = random.Random(at)
    events: list[Event] = []
    completions: list[Completion] = []
    for place in range(count):
        fields = {"repository": REPOSITORY, "model": MODEL, "release": version, "at": at + place}
        completion = a_completion(**{**fields, **changes})
        completions.append(completion)
        await store.add_completion(completion)
        about = {"completion": completion.id, "repository": REPOSITORY}
        events.append(an_event("shown", dwell_ms=dwell_ms, **about))
        if chance.random() >= taken:
            events.append(an_event("ignored", typed="", **about))
            continue
        events.append(an_event("accepted", length=10, **about))
        if kept is not None:
            length = {"length": round(10 * kept), "accepted_length": 10}
            events.append(an_event("kept", horizon="30s", **length, **about))
    for start in range(0, len(events), 500):
        await store.add_events(events[start : start + 500])
    return completions


async def write_lines(
    store: Store,
    version: ReleaseVersion | None,
    count: int,
    *,
    at: int,
    taken: float,
    hidden: float,
    reason: str = "low_score",
    requests: int = 1,
) -> None:
    """So many lines, each asked in so often: what comes at first is hidden, and the last of them,
    but for a share, is shown."""
    chance = random.Random(at)
    events: list[Event] = []
    for line in range(count):
        for request in range(requests):
            prefix = f"# {at} {line}\nreturn {'x' * request}"
            fields = {"repository": REPOSITORY, "model": MODEL, "release": version}
            completion = a_completion(**fields, at=at + 10 * line + request, prefix=prefix)
            await store.add_completion(completion)
            about = {"completion": completion.id, "repository": REPOSITORY}
            if request < requests - 1 or chance.random() < hidden:
                events.append(an_event("discarded", reason=reason, **about))
                continue
            events.append(an_event("shown", dwell_ms=900, **about))
            is_taken = chance.random() < taken
            after = {"length": 10} if is_taken else {"typed": ""}
            events.append(an_event("accepted" if is_taken else "ignored", **after, **about))
    for start in range(0, len(events), 500):
        await store.add_events(events[start : start + 500])


async def test_a_release_that_is_taken_less_is_rolled_back(
    store: Store, releases_dir: Path, made: Sequence[ReleaseVersion]
) -> None:
    await show(store, None, 300, at=1_000, taken=0.5)
    promote(releases_dir, REPOSITORY, made[0], reason="better")
    await show(store, made[0], 200, at=2_000_000, taken=0.1)
    assert await online(store, releases_dir).look() == [made[0]]
    after = history(releases_dir, REPOSITORY)
    assert served(after) is None
    assert after.promotions[-1].at == LATER * 1000
    reason = after.promotions[-1].reason
    assert reason.startswith("acceptance ")
    assert " % of 200 suggestions, before " in reason
    assert reason.endswith(f" % of 300; {BY_ITSELF}")


async def test_it_goes_back_to_the_release_before_and_is_compared_with_it(
    store: Store, releases_dir: Path, made: Sequence[ReleaseVersion]
) -> None:
    await show(store, None, 300, at=1_000, taken=0.1)
    promote(releases_dir, REPOSITORY, made[0], reason="")
    watch = online(store, releases_dir)
    await show(store, made[0], 300, at=2_000_000, taken=0.6)
    assert await watch.look() == []
    promote(releases_dir, REPOSITORY, made[1], reason="")
    await show(store, made[1], 100, at=3_000_000, taken=0.15)  # better than the base model
    assert await watch.look() == [made[1]]
    assert served(history(releases_dir, REPOSITORY)) == made[0]
    assert await watch.look() == []


async def test_one_that_is_taken_as_before_stays(
    store: Store, releases_dir: Path, made: Sequence[ReleaseVersion]
) -> None:
    await show(store, None, 300, at=1_000, taken=0.4)
    promote(releases_dir, REPOSITORY, made[0], reason="")
    await show(store, made[0], 300, at=2_000_000, taken=0.4)
    assert await online(store, releases_dir).look() == []


async def test_new_events_are_read_from_where_the_last_look_ended(
    store: Store, releases_dir: Path, made: Sequence[ReleaseVersion]
) -> None:
    watch = online(store, releases_dir)
    await show(store, None, 300, at=1_000, taken=0.6)
    promote(releases_dir, REPOSITORY, made[0], reason="")
    looks: list[list[ReleaseVersion]] = []
    for step in range(10):
        await show(store, made[0], 20, at=2_000_000 + 1_000 * step, taken=0.0)
        looks.append(await watch.look())
    assert [made[0]] in looks
    assert not any(looks[:2])  # 40 are too few


async def test_what_is_kept_of_it_counts(
    store: Store, releases_dir: Path, made: Sequence[ReleaseVersion]
) -> None:
    await show(store, None, 300, at=1_000, taken=0.9, kept=1.0)
    promote(releases_dir, REPOSITORY, made[0], reason="")
    await show(store, made[0], 300, at=2_000_000, taken=0.9, kept=0.3)
    assert await online(store, releases_dir).look() == [made[0]]


@pytest.mark.parametrize(
    "changes",
    [
        {"dwell_ms": 700},
        {"model": "another"},
        {"repository": "other-000000000001"},
    ],
)
async def test_what_was_hardly_seen_or_is_not_its_own_does_not_count(
    store: Store,
    releases_dir: Path,
    made: Sequence[ReleaseVersion],
    changes: dict[str, object],
) -> None:
    await show(store, None, 300, at=1_000, taken=0.6)
    promote(releases_dir, REPOSITORY, made[0], reason="")
    await show(store, made[0], 300, at=2_000_000, taken=0.0, **changes)  # pyright: ignore[reportArgumentType]
    assert await online(store, releases_dir).look() == []


async def test_a_release_that_hides_too_much_is_rolled_back_though_what_it_shows_is_taken(
    store: Store, releases_dir: Path, made: Sequence[ReleaseVersion]
) -> None:
    await write_lines(store, None, 300, at=1_000, taken=0.5, hidden=0.1)
    promote(releases_dir, REPOSITORY, made[0], reason="better")
    await write_lines(store, made[0], 300, at=2_000_000, taken=0.6, hidden=0.8)
    assert await online(store, releases_dir).look() == [made[0]]
    reason = history(releases_dir, REPOSITORY).promotions[-1].reason
    assert reason.startswith("it hides too much: something taken in ")
    assert " % of 300 lines where something could be shown, before " in reason
    assert reason.endswith(f" % of 300; {BY_ITSELF}")


async def test_what_is_hidden_again_and_again_in_a_line_counts_for_one_line(
    store: Store, releases_dir: Path, made: Sequence[ReleaseVersion]
) -> None:
    """Where something is shown nobody asks at the next key, where it is hidden somebody does."""
    await write_lines(store, None, 300, at=1_000, taken=0.5, hidden=0.1)
    promote(releases_dir, REPOSITORY, made[0], reason="better")
    await write_lines(store, made[0], 200, at=2_000_000, taken=0.6, hidden=0.1, requests=4)
    assert await online(store, releases_dir).look() == []


async def test_what_came_too_late_was_not_hidden(
    store: Store, releases_dir: Path, made: Sequence[ReleaseVersion]
) -> None:
    await write_lines(store, None, 300, at=1_000, taken=0.5, hidden=0.1)
    promote(releases_dir, REPOSITORY, made[0], reason="better")
    changes = {"at": 2_000_000, "taken": 0.5, "hidden": 0.8}
    await write_lines(store, made[0], 200, **changes, reason="stale")  # pyright: ignore[reportArgumentType]
    assert await online(store, releases_dir).look() == []


async def test_lines_are_counted_once_nobody_asks_in_them_any_more(
    store: Store, releases_dir: Path, made: Sequence[ReleaseVersion]
) -> None:
    await write_lines(store, None, 300, at=1_000, taken=0.9, hidden=0.0)
    promote(releases_dir, REPOSITORY, made[0], reason="better")
    await write_lines(store, made[0], 100, at=2_000_000, taken=0.0, hidden=1.0)
    watch = online(store, releases_dir, now=2_130)
    assert await watch.look() == []
    assert await online(store, releases_dir, now=2_360).look() == [made[0]]


async def test_a_suggestion_counts_once(
    store: Store, releases_dir: Path, made: Sequence[ReleaseVersion]
) -> None:
    await show(store, None, 300, at=1_000, taken=0.9)
    promote(releases_dir, REPOSITORY, made[0], reason="")
    watch = online(store, releases_dir)
    shown = await show(store, made[0], 30, at=2_000_000, taken=0.0)
    for _ in range(5):
        about = {"repository": REPOSITORY, "dwell_ms": 900}
        await store.add_events([an_event("shown", completion=one.id, **about) for one in shown])
        assert await watch.look() == []


async def test_nothing_is_counted_before_its_outcome_can_be_known(
    store: Store, releases_dir: Path, made: Sequence[ReleaseVersion]
) -> None:
    await show(store, None, 300, at=1_000, taken=0.9)
    promote(releases_dir, REPOSITORY, made[0], reason="")
    await show(store, made[0], 100, at=2_000_000, taken=0.0)
    assert await online(store, releases_dir, now=2_060).look() == []
    assert await online(store, releases_dir, now=2_240).look() == [made[0]]


async def test_what_somebody_promoted_again_by_hand_is_left_alone(
    store: Store, releases_dir: Path, made: Sequence[ReleaseVersion]
) -> None:
    await show(store, None, 300, at=1_000, taken=0.6)
    promote(releases_dir, REPOSITORY, made[0], reason="better")
    await show(store, made[0], 300, at=2_000_000, taken=0.0)
    watch = online(store, releases_dir)
    assert await watch.look() == [made[0]]
    promote(releases_dir, REPOSITORY, made[0], reason="by hand")
    await show(store, made[0], 300, at=3_000_000, taken=0.0)
    assert await watch.look() == []
    assert await online(store, releases_dir).look() == []
    assert served(history(releases_dir, REPOSITORY)) == made[0]


async def test_a_rollback_by_hand_does_not_spare_a_release_that_is_promoted_again(
    store: Store, releases_dir: Path, made: Sequence[ReleaseVersion]
) -> None:
    promote(releases_dir, REPOSITORY, made[0], reason="")
    roll_back(releases_dir, REPOSITORY, reason="by hand")
    await show(store, None, 300, at=1_000, taken=0.6)
    promote(releases_dir, REPOSITORY, made[0], reason="")
    await show(store, made[0], 300, at=2_000_000, taken=0.0)
    assert await online(store, releases_dir).look() == [made[0]]


async def test_events_about_completions_that_are_not_stored_change_nothing(
    store: Store, releases_dir: Path, made: Sequence[ReleaseVersion]
) -> None:
    promote(releases_dir, REPOSITORY, made[0], reason="")
    about = {"repository": REPOSITORY, "dwell_ms": 900}
    events = [an_event("shown", completion=new_id(), **about) for _ in range(300)]
    await store.add_events(events)
    assert await online(store, releases_dir).look() == []


async def test_a_damaged_history_is_told_and_holds_up_no_other_repository(
    store: Store, releases_dir: Path, made: Sequence[ReleaseVersion]
) -> None:
    await show(store, None, 300, at=1_000, taken=0.6)
    promote(releases_dir, REPOSITORY, made[0], reason="")
    await show(store, made[0], 300, at=2_000_000, taken=0.0)
    damaged = releases_dir / "aaa-000000000001"
    damaged.mkdir()
    (damaged / "serving.json").write_text("not JSON")
    with pytest.raises(ReleaseError, match="aaa-000000000001"):
        await online(store, releases_dir).look()
    assert standing(history(releases_dir, REPOSITORY)) == ()


async def test_a_running_gateway_does_it(tmp_path: Path, made: Sequence[ReleaseVersion]) -> None:
    state = tmp_path / "state"
    state.mkdir()
    (tmp_path / "releases").rename(state / "releases")
    before = open_store(f"sqlite:///{state}/experience.db")
    await show(before, None, 200, at=1_000, taken=0.9)
    promote(state / "releases", REPOSITORY, made[0], reason="")
    await show(before, made[0], 100, at=2_000_000, taken=0.0)
    await before.close()
    async with gateway_under_test(tmp_path) as under_test:
        await until(lambda: served(history(state / "releases", REPOSITORY)) is None)
        assert await under_test.text()
    reason = history(state / "releases", REPOSITORY).promotions[-1].reason
    assert reason.endswith(BY_ITSELF)
