"""Nights that are killed, and a person who would teach garbage: the release is the same."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import httpx
import msgspec
import pytest
from experience_facts import FLASK, a_completion, a_replaced, an_accepted, an_event, an_ignored
from small_nights import PRACTICE, base, module, quiet, shop, small_night

from understudy_protocol.completion import Completion, CompletionList
from understudy_protocol.errors import UnderstudyError
from understudy_protocol.events import Event, EventPage, StoredEvent
from understudy_protocol.release import ReleaseManifest, served
from understudy_releases import promotions
from understudy_releases.releases import read_release, versions
from understudy_trainer.learn.replay import read_replay
from understudy_trainer.night.identity import identity
from understudy_trainer.night.material import REPLAY
from understudy_trainer.night.night import night
from understudy_trainer.night.plan import TONIGHT
from understudy_trainer.night.record import NightRecord

STAGES = [
    "gather",
    "curriculum",
    "proof of the base",
    "learn",
    "practice",
    "proof",
    "answers",
    "publish",
]

GARBAGE = "os.system('garbage')"


class Whole(NamedTuple):
    """A night of a repository that nothing happened to."""

    folder: Path
    model: Path
    record: NightRecord
    manifest: ReleaseManifest


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    place = tmp_path_factory.mktemp("whole")
    folder, model = shop(place / "shop"), base(place)
    record = night(small_night(folder, place / "state", model, reinforcement=PRACTICE), quiet())
    assert record.summary.outcome == "promoted"
    return Whole(folder, model, record, promoted(place / "state", folder))


def promoted(state: Path, folder: Path) -> ReleaseManifest:
    """The one release there is, which is served."""
    repository = identity(folder)
    (version,) = versions(state / "releases", repository)
    assert served(promotions.history(state / "releases", repository)) == version
    return read_release(state / "releases", repository, version).manifest


def killed(whole: Whole, state: Path, stage: str, *, write: int) -> None:
    program = Path(__file__).parents[2] / "killed_whole_night.py"
    arguments = (whole.folder, state, whole.model, stage, write)
    done = subprocess.run(
        [sys.executable, str(program), *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(program.parent)},
        check=False,
    )
    assert done.returncode == -9, stage


def ends_the_same(whole: Whole, state: Path) -> None:
    asked = small_night(whole.folder, state, whole.model, reinforcement=PRACTICE)
    record = night(asked, quiet())
    assert record.comparisons == whole.record.comparisons
    assert record.practised == whole.record.practised
    assert promoted(state, whole.folder).files == whole.manifest.files
    assert len(read_replay(state / "nights" / asked.repository / REPLAY).old) > 0


@pytest.mark.parametrize("stage", STAGES)
def test_killed_as_any_stage_begins_the_next_run_ends_as_if_it_had_not_been(
    whole: Whole, tmp_path: Path, stage: str
) -> None:
    killed(whole, tmp_path, stage, write=0)
    ends_the_same(whole, tmp_path)


def test_killed_in_the_middle_of_every_stage_one_after_the_other_it_ends_the_same(
    whole: Whole, tmp_path: Path
) -> None:
    """Whenever something was made and was to be put in place; of what publishing does, more than
    once."""
    for stage, write in [*((stage, 1) for stage in STAGES), ("publish", 3), ("publish", 5)]:
        killed(whole, tmp_path, stage, write=write)
    ends_the_same(whole, tmp_path)


def test_killed_once_it_is_remembered_it_is_promoted_by_the_next_run(tmp_path: Path) -> None:
    folder, model, state = shop(tmp_path / "shop"), base(tmp_path), tmp_path / "state"
    repository = identity(folder)
    # Where releases should lie there is a file, so publishing fails after everything else.
    state.mkdir()
    (state / "releases").mkdir()
    (state / "releases" / repository).write_text("in the way")
    with pytest.raises(UnderstudyError):
        night(small_night(folder, state, model), quiet())
    assert len(read_replay(state / "nights" / repository / REPLAY).old) > 0
    (state / "releases" / repository).unlink()
    record = night(small_night(folder, state, model), quiet())
    assert record.summary.outcome == "promoted"


def test_who_accepts_garbage_and_contradicts_himself_changes_nothing_of_the_release(
    whole: Whole, tmp_path: Path
) -> None:
    """His events are all that the gateway has: the release is that of a night without any."""
    asked = small_night(whole.folder, tmp_path, whole.model, reinforcement=PRACTICE)
    with gateway_with(list(hostile(asked.base_name, identity(whole.folder)))) as gateway:
        record = night(asked, quiet(), gateway=gateway)
    assert record.summary.outcome == "promoted"
    assert record.examples == whole.record.examples
    assert sum(record.left_out.values()) > sum(whole.record.left_out.values())
    manifest = promoted(tmp_path, whole.folder)
    assert manifest.files == whole.manifest.files
    home = tmp_path / "nights" / asked.repository
    kept = [path for path in home.rglob("*") if path.is_file()]
    assert not [path.name for path in kept if GARBAGE.encode() in path.read_bytes()]
    assert not (home / TONIGHT).exists()


Told = tuple[Completion, list[Event]]


def hostile(model: str, repository: str) -> Iterator[Told]:
    """Garbage that was accepted and kept at every line of a file; and, of each second, what cannot
    be true beside it."""
    lines = module(3).splitlines(keepends=True)
    for number in range(4, len(lines)):
        completion = a_completion(
            repository=repository,
            model=model,
            path="shop/part_3.py",
            prefix="".join(lines[:number]),
            suffix="\n" + "".join(lines[number + 1 :]),
            text=GARBAGE,
            person="mallory",
        )
        about = {"completion": completion.id, "repository": repository}
        all_of = {"length": len(GARBAGE), "accepted_length": len(GARBAGE)}
        events = [
            an_event("shown", dwell_ms=900, **about),
            an_accepted(length=len(GARBAGE), **about),
            an_event("kept", horizon="30s", **all_of, **about),
            an_event("kept", horizon="10min", **all_of, **about),
            an_event("kept", horizon="commit", **all_of, **about),
        ]
        if number % 2:
            events += [
                an_event("rejected", **about),
                a_replaced(GARBAGE, **about),
                an_ignored(GARBAGE, **about),
                an_event("kept", horizon="commit", length=0, accepted_length=99, **about),
                an_accepted(completion=completion.id, repository=FLASK),
                *events,
            ]
        yield completion, events


def gateway_with(told: list[Told]) -> httpx.Client:
    """Answers for its store alone."""
    stored = [
        StoredEvent(number, event)
        for number, event in enumerate((each for _, events in told for each in events), 1)
    ]

    def answer(request: httpx.Request) -> httpx.Response:
        asked = request.url.params
        if request.url.path == "/v1/completions":
            ids = asked["ids"].split(",")
            found = tuple(each for each, _ in told if each.id in ids)
            return httpx.Response(200, content=msgspec.json.encode(CompletionList(found)))
        if request.url.path == "/v1/events":
            page = tuple(each for each in stored if each.cursor > int(asked["after"]))[:200]
            end = page[-1].cursor if page else int(asked["after"])
            return httpx.Response(200, content=msgspec.json.encode(EventPage(page, end)))
        return httpx.Response(404, content=b"")

    return httpx.Client(transport=httpx.MockTransport(answer), base_url="http://gateway")
