"""Nights between the hunks of a backtest, made by a fake; the gateway is a real process that goes
on meanwhile, and only its engine is a fake, too."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest
from borrowed_releases import release_of
from fake_engine import Behaviour, Fake, running
from git_histories import git, history

from understudy_protocol.errors import ConfigError, ReleaseError
from understudy_protocol.release import ReleaseVersion
from understudy_releases.paths import embedded_model
from understudy_trainer.backtest.arm import arms_named
from understudy_trainer.backtest.nights import (
    NIGHTS_FILE,
    STATE,
    Evening,
    Learn,
    NightMade,
    Nights,
)
from understudy_trainer.backtest.run import HUNKS_FILE, Watcher, run
from understudy_trainer.backtest.tally import Backtest
from understudy_trainer.backtest.walk import Work, work_of
from understudy_trainer.json_lines import open_lines

NIGHTS = 2
LINES = [
    f"def area_{number}(width, height):\n    return width * height * {number}\n"
    for number in range(NIGHTS + 2)
]


class Trainer:
    """Makes a release of each night but those of `without`, and remembers what it was told."""

    def __init__(self, *, without: Sequence[int] = (), bad: bool = False) -> None:
        self.evenings: list[Evening] = []
        self.made: list[ReleaseVersion] = []
        self.heads: list[str] = []
        self.files: list[str] = []
        self._without = without
        self._changes = {"base_fingerprint": "0" * 64} if bad else {}

    async def learn(self, evening: Evening, tell: Callable[[str], None]) -> ReleaseVersion | None:
        self.evenings.append(evening)
        self.heads.append(git(evening.checkout, "rev-parse", "HEAD"))
        self.files.append((evening.checkout / "a.py").read_text(encoding="utf-8"))
        if evening.night in self._without:
            return None
        version = release_of(
            evening.state_dir,
            repository=evening.repository,
            commit=evening.commit,
            seed=evening.night,
            **self._changes,
        )
        self.made.append(version)
        return version


def worked(folder: Path) -> tuple[Work, list[str]]:
    """A commit a day, and a night between any two that are typed; and the ids of all commits."""
    texts = ["\n\n".join(LINES[: number + 1]) for number in range(len(LINES))]
    commits = history(folder, *({"a.py": text} for text in texts))
    return work_of(folder, since=None, hunks=100, nights=NIGHTS, seed=0), commits


@asynccontextmanager
async def engine(folder: Path) -> AsyncIterator[Fake]:
    behaviour = Behaviour(root=str(embedded_model()), pieces=("zzz", "()\n"))
    async with running(behaviour, folder / "engine.sock") as fake:
        yield fake


async def typed(
    work: Work, out: Path, fake: Fake, *, learn: Learn | None, arms: str, resume: bool = False
) -> Backtest:
    return await run(
        work,
        arms_named(arms),
        out=out,
        seed=0,
        options={},
        resume=resume,
        serve=("--engine-url", fake.address),
        watcher=Watcher(doing=lambda text: None, done=lambda done, total: None),
        learn=learn,
    )


async def test_each_night_is_given_what_lies_before_and_what_it_makes_answers_from_then_on(
    tmp_path: Path,
) -> None:
    work, commits = worked(tmp_path / "sums")
    trainer = Trainer()
    async with engine(tmp_path) as fake:
        found = await typed(work, tmp_path / "out", fake, learn=trainer.learn, arms="base,learning")
        answered = [body["model"] for body in fake.state.bodies]
        calls = [call.split()[1] for call in fake.state.calls if call.startswith("load ")]
    assert [evening.night for evening in trainer.evenings] == [1, 2]
    assert [evening.commit for evening in trainer.evenings] == trainer.heads == commits[1:3]
    assert [text.count("def ") for text in trainer.files] == [2, 3]
    [repository] = {evening.repository for evening in trainer.evenings}
    names = [f"{repository}@{version}" for version in trainer.made]
    assert calls == names
    # The base model before the first night; then each answers, and none after the next has come.
    first, second = (answered.index(name) for name in names)
    assert not any(answered[:first])
    assert names[0] not in answered[second:]
    assert {tally.arm for tally in found.tallies} == {"none", "base", "learning"}
    note, spent = found.notes
    assert note.startswith("2 nights of training lay between the hunks, of which 2 made a better")
    assert "in no other figure" in spent


async def test_a_night_that_makes_nothing_better_leaves_what_was_served(tmp_path: Path) -> None:
    work, _ = worked(tmp_path / "sums")
    trainer = Trainer(without=[2])
    async with engine(tmp_path) as fake:
        found = await typed(work, tmp_path / "out", fake, learn=trainer.learn, arms="learning")
        last = list(fake.state.bodies)[-1]["model"]
    assert last == f"{trainer.evenings[0].repository}@{trainer.made[0]}"
    assert "of which 1 made a better" in found.notes[0]


async def test_arms_learn_apart_and_each_as_it_is_meant_to(tmp_path: Path) -> None:
    work, _ = worked(tmp_path / "sums")
    trainer = Trainer()
    async with engine(tmp_path) as fake:
        found = await typed(
            work, tmp_path / "out", fake, learn=trainer.learn, arms="learning,reinforcing"
        )
    assert len({evening.repository for evening in trainer.evenings}) == 2
    assert sorted(evening.reinforces for evening in trainer.evenings) == [False, False, True, True]
    assert [note.rpartition(" ")[2] for note in found.notes[:2]] == ["learning.", "reinforcing."]


def test_that_no_night_lay_between_the_hunks_is_told(tmp_path: Path) -> None:
    with open_lines(tmp_path / NIGHTS_FILE, NightMade) as made:
        nights = Nights(Trainer().learn, made, state=tmp_path)
        (note,) = nights.told(complete=True)
        (ended,) = nights.told(complete=False)
    assert note.startswith("No night of training lay between the hunks")
    assert ended == "It was ended before its first night of training was over."


async def test_a_run_that_was_killed_goes_on_with_what_its_nights_have_made(
    tmp_path: Path,
) -> None:
    work, _ = worked(tmp_path / "sums")
    first, again = Trainer(), Trainer()
    out = tmp_path / "out"
    async with engine(tmp_path) as fake:
        await typed(work, out, fake, learn=first.learn, arms="learning")
        # As if killed after the first night and the commit that came after it.
        for name, left in ((HUNKS_FILE, 4), (NIGHTS_FILE, 1)):
            lines = (out / name).read_bytes().splitlines(keepends=True)
            (out / name).write_bytes(b"".join(lines[:left]))
        fake.state.adapters.clear()
        fake.state.bodies.clear()
        found = await typed(work, out, fake, learn=again.learn, arms="learning", resume=True)
        answered = {body["model"] for body in fake.state.bodies}
    assert [evening.night for evening in again.evenings] == [2]
    assert f"{again.evenings[0].repository}@{again.made[0]}" in answered
    assert found.complete
    assert found.notes[0].startswith("2 nights")
    assert (out / STATE / "releases").is_dir()


async def test_a_release_that_does_not_fit_ends_the_run_with_the_reason(tmp_path: Path) -> None:
    work, _ = worked(tmp_path / "sums")
    out = tmp_path / "out"
    async with engine(tmp_path) as fake:
        with pytest.raises(ReleaseError, match="is for the base model"):
            await typed(work, out, fake, learn=Trainer(bad=True).learn, arms="learning")
    assert msgspec.json.decode((out / HUNKS_FILE).read_bytes().splitlines()[0])
    assert (out / NIGHTS_FILE).read_bytes() == b""


async def test_an_arm_that_learns_needs_nights_that_train(tmp_path: Path) -> None:
    work, _ = worked(tmp_path / "sums")
    async with engine(tmp_path) as fake:
        with pytest.raises(ConfigError, match="the nights do not train"):
            await typed(work, tmp_path / "out", fake, learn=None, arms="learning")
    assert not (tmp_path / "out").exists()
