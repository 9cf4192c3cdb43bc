"""When nights begin, how they end, and what `/metrics` tells of them; a script is the trainer."""

import ast
import asyncio
import logging
import os
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from experience_facts import CLICK, FLASK
from gateway_under_test import MODEL, UnderTest, gateway_under_test, until
from prometheus_client.parser import text_string_to_metric_families

from understudy_protocol.errors import ConfigError
from understudy_protocol.night import RUNNING_FILE, NightRunning, Outcome, Place
from understudy_server.config import Config, load_config
from understudy_server.nights import Clock, Nights, last_words, night_command

EVENING = datetime(2026, 3, 1, 22, 0)
WELL = "print('learned')"
BADLY = """
import sys
sys.exit("The disk is full. Free some space.")
"""
LONG = """
import os, signal, sys, time
print(os.getpid(), flush=True)
time.sleep(600)
"""


class Hands:
    """Of a clock, moved by the test."""

    def __init__(self, local: datetime = EVENING) -> None:
        self.local = local
        self.monotonic = 1_000.0
        self.used: float | None = None

    def wait(self, *, hours: float = 0, minutes: float = 0) -> None:
        passed = timedelta(hours=hours, minutes=minutes)
        self.local += passed
        self.monotonic += passed.total_seconds()


def nights(folder: Path, hands: Hands, *, script: str = WELL, **settings: object) -> Nights:
    place(folder, CLICK)
    config = msgspec.convert({"state_dir": folder, **settings}, Config)
    return Nights(
        config,
        [sys.executable, "-I", "-c", script],
        last_used=lambda: hands.used,
        clock=Clock(lambda: hands.local, lambda: hands.monotonic),
    )


def place(state: Path, repository: str) -> Path:
    folder = state / "nights" / repository
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "place.json").write_bytes(msgspec.json.encode(Place(CLICK, "/somewhere")))
    return folder


def log_of(state: Path) -> str:
    return (state / "logs" / "night.log").read_text()


async def test_a_night_begins_at_its_time_and_once(tmp_path: Path) -> None:
    hands = Hands()
    at_three = nights(tmp_path, hands, night_at="03:00")
    assert not await at_three.look()
    hands.wait(hours=4, minutes=59)
    assert not await at_three.look()
    hands.wait(minutes=1)
    assert await at_three.look()
    assert log_of(tmp_path) == "learned\n"
    hands.wait(hours=2)
    assert not await at_three.look()
    hands.wait(hours=22)
    assert await at_three.look()


async def test_a_time_that_was_slept_through_is_made_up_once(tmp_path: Path) -> None:
    hands = Hands()
    at_three = nights(tmp_path, hands, night_at="03:00")
    hands.local += timedelta(days=3)  # the other clock stood still
    assert await at_three.look()
    assert not await at_three.look()


async def test_a_clock_that_is_put_back_brings_no_second_night(tmp_path: Path) -> None:
    hands = Hands()
    at_three = nights(tmp_path, hands, night_at="03:00")
    hands.wait(hours=5)
    assert await at_three.look()
    hands.local -= timedelta(hours=1)
    assert not await at_three.look()
    hands.wait(hours=1)
    assert not await at_three.look()


async def test_a_clock_that_was_years_ahead_holds_up_no_night(tmp_path: Path) -> None:
    hands = Hands()
    at_three = nights(tmp_path, hands, night_at="03:00")
    hands.local += timedelta(days=2_000)
    assert await at_three.look()
    hands.local -= timedelta(days=2_000)
    assert not await at_three.look()
    hands.wait(hours=5)
    assert await at_three.look()


async def test_no_time_and_no_rest_mean_no_nights(tmp_path: Path) -> None:
    hands = Hands()
    never = nights(tmp_path, hands)
    hands.wait(hours=1_000)
    assert not await never.look()


async def test_nobody_is_learned_whom_nobody_has_trained_before(tmp_path: Path) -> None:
    hands = Hands()
    at_three = nights(tmp_path, hands, night_at="03:00")
    (tmp_path / "nights" / CLICK / "place.json").unlink()
    hands.wait(hours=5)
    assert not await at_three.look()
    place(tmp_path, CLICK)
    hands.wait(hours=7)
    assert not await at_three.look()  # at ten in the morning


async def test_a_night_begins_when_nobody_has_asked_for_long(tmp_path: Path) -> None:
    hands = Hands()
    resting = nights(tmp_path, hands, night_when_idle=30)
    hands.wait(minutes=20)
    hands.used = hands.monotonic
    hands.wait(minutes=29)
    assert not await resting.look()
    hands.wait(minutes=1)
    assert await resting.look()


async def test_rest_brings_the_next_night_only_after_work_and_hours(tmp_path: Path) -> None:
    hands = Hands()
    resting = nights(tmp_path, hands, night_when_idle=30)
    hands.wait(minutes=30)
    assert await resting.look()
    hands.wait(hours=48)
    assert not await resting.look()  # nobody worked
    hands.used = hands.monotonic
    hands.wait(minutes=30)
    assert await resting.look()
    hands.used = hands.monotonic + 60
    hands.wait(hours=3)
    assert not await resting.look()  # too soon
    hands.wait(hours=1)
    assert await resting.look()


async def test_a_night_that_fails_is_told_and_tried_again_in_an_hour(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    hands = Hands()
    failing = nights(tmp_path, hands, night_at="03:00", script=BADLY)
    hands.wait(hours=5)
    with caplog.at_level(logging.ERROR):
        assert await failing.look()
    assert "ended with status 1" in caplog.text
    assert "The disk is full. Free some space." in caplog.text
    hands.wait(minutes=59)
    assert not await failing.look()
    hands.wait(minutes=1)
    assert await failing.look()
    hands.wait(hours=1)
    assert await failing.look()
    hands.wait(hours=1)
    assert not await failing.look()  # three times are enough


async def test_who_had_a_night_at_the_first_try_has_none_again(tmp_path: Path) -> None:
    hands = Hands()
    script = "import sys; print(sys.argv[1:]); sys.exit(1)"
    failing = nights(tmp_path, hands, night_at="03:00", script=script)
    told: list[str] = []
    before = time.time()
    for hours in (5, 1, 23):
        hands.wait(hours=hours)
        assert await failing.look()
        told.append(log_of(tmp_path).strip())
    option, since = ast.literal_eval(told[1])
    assert option == "--unless-since"
    assert before * 1000 - 1 <= int(since) <= time.time() * 1000 + 1
    assert told[0] == told[2] == "[]"


async def test_a_command_that_is_not_there_is_a_failure_like_any(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    hands = Hands()
    place(tmp_path, CLICK)
    missing = Nights(
        Config(state_dir=tmp_path, night_at="03:00"),
        [str(tmp_path / "nothing")],
        last_used=lambda: None,
        clock=Clock(lambda: hands.local, lambda: hands.monotonic),
    )
    hands.wait(hours=5)
    assert await missing.look()
    assert "cannot be started" in caplog.text


async def test_a_night_ends_with_the_gateway(tmp_path: Path) -> None:
    hands = Hands()
    long = nights(tmp_path, hands, night_at="03:00", script=LONG)
    hands.wait(hours=5)
    running = asyncio.create_task(long.run())
    file = tmp_path / "logs" / "night.log"
    await until(lambda: file.exists() and file.read_text().endswith("\n"))
    pid = int(file.read_text())
    os.kill(pid, 0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_the_real_command_line_takes_what_it_is_given(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The repository is not there any more, so it ends before anything is learned."""
    hands = Hands()
    state = tmp_path / "state"
    folder = place(state, CLICK)
    gone = Place(CLICK, str(tmp_path / "gone"))
    (folder / "place.json").write_bytes(msgspec.json.encode(gone))
    config = Config(state_dir=state, night_at="03:00")
    real = Nights(
        config,
        night_command(config, MODEL),
        last_used=lambda: None,
        clock=Clock(lambda: hands.local, lambda: hands.monotonic),
    )
    hands.wait(hours=5)
    assert await real.look()
    assert str(tmp_path / "gone") in log_of(state)
    assert "The night of 1 of 1 repositories failed" in " ".join(caplog.text.split())


async def test_what_runs_is_as_nice_as_can_be(tmp_path: Path) -> None:
    hands = Hands()
    config = Config(state_dir=tmp_path, night_at="03:00")
    place(tmp_path, CLICK)
    prefix = night_command(config, MODEL)[:3]
    nice = Nights(
        config,
        [*prefix, sys.executable, "-I", "-c", "import os; print(os.nice(0))"],
        last_used=lambda: None,
        clock=Clock(lambda: hands.local, lambda: hands.monotonic),
    )
    hands.wait(hours=5)
    assert await nice.look()
    assert log_of(tmp_path) == "19\n"


async def test_a_completion_is_work(under_test: UnderTest) -> None:
    assert under_test.gateway.metrics.last_completion is None
    await under_test.complete()
    assert under_test.gateway.metrics.last_completion is not None


def test_the_trainer_runs_at_the_lowest_priority(tmp_path: Path) -> None:
    config = Config(state_dir=tmp_path, night_budget="5m")
    command = night_command(config, Path("/models/prompter"))
    assert command[:3] == ["nice", "-n", "19"]
    options = ["--all", "--budget", "5m", "--state-dir", str(tmp_path)]
    rest = ["-P", "-m", "understudy", "train", *options, "--model", "/models/prompter"]
    assert command[3:] == [sys.executable, *rest]


def test_what_is_set_of_nights_and_the_format_goes_with_them(tmp_path: Path) -> None:
    config = Config(
        state_dir=tmp_path, night_runtime=True, night_reinforce=True, fim_format="qwen-coder"
    )
    command = night_command(config, Path("/models/prompter"))
    assert command[-4:] == ["--fim-format", "qwen-coder", "--runtime", "--reinforce"]


def test_the_environment_may_set_how_nights_learn() -> None:
    config = load_config(None, {"UNDERSTUDY_NIGHT_REINFORCE": "true"}, flags={})
    assert (config.night_runtime, config.night_reinforce) == (False, True)


@pytest.mark.parametrize(
    "settings",
    [
        {"night_at": "3 am"},
        {"night_at": "24:00"},
        {"night_when_idle": 0},
        {"night_budget": "10"},
        {"night_budget": "0m"},
    ],
)
def test_a_wrong_time_is_refused_at_start(settings: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match=next(iter(settings))):
        load_config(None, {}, flags=settings)


def test_last_words_of_a_long_log_are_its_end(tmp_path: Path) -> None:
    file = tmp_path / "night.log"
    file.write_text("\n".join(f"line {number}" for number in range(100_000)))
    assert last_words(file).splitlines()[-1] == "line 99999"
    assert len(last_words(file).splitlines()) == 9


def summary(repository: str, outcome: Outcome, **changes: object) -> bytes:
    fields = {"repository": repository, "began_at": 1_000_000, "ended_at": 1_600_000}
    return msgspec.json.encode({**fields, "outcome": outcome, "reason": "So.", **changes})


async def test_metrics_tell_of_the_last_night_of_each_repository(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    state = tmp_path / "state"
    well = {"gain": 0.2, "forgetting": -0.01, "examples": 900}
    (place(state, CLICK) / "last.json").write_bytes(summary(CLICK, "promoted", **well))
    (place(state, FLASK) / "last.json").write_bytes(summary(FLASK, "nothing new"))
    (place(state, "broken-000000000001") / "last.json").write_text("not JSON")
    (place(state, "alien-000000000001") / "last.json").write_bytes(summary(CLICK, "failed"))
    async with gateway_under_test(tmp_path) as under_test:
        texts = [(await under_test.http.get("/metrics")).text for _ in range(2)]
    found = {
        (
            one.name.removeprefix("understudy_night_"),
            one.labels["repository"],
            one.labels.get("outcome", ""),
        ): one.value
        for family in text_string_to_metric_families(texts[1])
        for one in family.samples
        if one.name.startswith("understudy_night_")
    }
    assert found["last_timestamp_seconds", CLICK, ""] == 1600
    assert found["duration_seconds", CLICK, ""] == 600
    assert found["outcome", CLICK, "promoted"] == 1
    assert found["outcome", CLICK, "failed"] == 0
    assert found["outcome", FLASK, "nothing new"] == 1
    assert (found["gain", CLICK, ""], found["forgetting", CLICK, ""]) == (0.2, -0.01)
    assert (found["examples", CLICK, ""], found["examples", FLASK, ""]) == (900, 0)
    assert ("gain", FLASK, "") not in found
    assert {repository for _, repository, _ in found} == {CLICK, FLASK}
    told = [record for record in caplog.records if "is left out" in record.getMessage()]
    assert len(told) == 2


async def test_metrics_tell_how_far_a_night_is_that_runs_and_nothing_of_one_that_was_killed(
    tmp_path: Path,
) -> None:
    state = tmp_path / "state"
    ended = await asyncio.create_subprocess_exec("true")
    await ended.wait()
    for repository, process in ((CLICK, os.getpid()), (FLASK, ended.pid)):
        running = NightRunning(
            repository, 1_000_000, process, "learn", steps=30, of=400, loss=1.9, budget_spent=0.4
        )
        path = place(state, repository) / RUNNING_FILE
        path.write_bytes(msgspec.json.encode(running))
    async with gateway_under_test(tmp_path) as under_test:
        text = (await under_test.http.get("/metrics")).text
    assert {
        (one.name.removeprefix("understudy_night_"), *sorted(one.labels.values())): one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
        if one.name.startswith("understudy_night_")
    } == {
        ("running", CLICK, "learn"): 1,
        ("running_since_timestamp_seconds", CLICK): 1000,
        ("running_steps", CLICK): 30,
        ("running_steps_planned", CLICK): 400,
        ("running_loss", CLICK): 1.9,
        ("running_budget_spent", CLICK): 0.4,
    }
