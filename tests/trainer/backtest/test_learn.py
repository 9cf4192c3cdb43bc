"""A night between hunks is a night as any other."""

import asyncio
from pathlib import Path

import msgspec
import pytest
from git_histories import git
from small_nights import HABITS, base, shop

from understudy_protocol.release import served
from understudy_releases import promotions
from understudy_trainer.backtest.learn import nightly
from understudy_trainer.backtest.nights import Evening
from understudy_trainer.night.identity import identity


def evening_of(folder: Path, state: Path) -> Evening:
    return Evening(
        night=1,
        commit=git(folder, "rev-parse", "HEAD"),
        checkout=folder,
        repository=identity(folder),
        state_dir=state,
    )


@pytest.mark.parametrize(("rate", "better"), [(HABITS.learning_rate, True), (0.0, False)])
async def test_it_gives_the_release_that_it_promoted_or_none(
    tmp_path: Path, rate: float, better: bool
) -> None:
    folder, state = shop(tmp_path / "shop"), tmp_path / "state"
    evening = evening_of(folder, state)
    settings = msgspec.structs.replace(HABITS, learning_rate=rate)
    learn = nightly(base(tmp_path), budget_s=60.0, seed=0, settings=settings)
    said: list[str] = []
    version = await learn(evening, said.append)
    assert version == served(promotions.history(state / "releases", evening.repository))
    assert (version is not None) == better
    assert any(each.startswith("learn ") and " of " in each for each in said)


async def test_a_night_that_nobody_waits_for_any_more_ends_and_is_gone_on_with(
    tmp_path: Path,
) -> None:
    """As at Ctrl-C, when the program would wait for its threads."""
    folder, state = shop(tmp_path / "shop"), tmp_path / "state"
    evening = evening_of(folder, state)
    settings = msgspec.structs.replace(HABITS, passes=1000, checkpoint_every=1)
    learn = nightly(base(tmp_path), budget_s=600.0, seed=0, settings=settings)
    learning = asyncio.Event()
    loop = asyncio.get_running_loop()
    said: list[str] = []

    def tell(text: str) -> None:
        said.append(text)
        if text.startswith("learn 3 "):
            loop.call_soon_threadsafe(learning.set)

    night = asyncio.ensure_future(learn(evening, tell))
    await learning.wait()
    night.cancel()
    with pytest.raises(asyncio.CancelledError):
        await night
    before = len(said)
    await loop.shutdown_default_executor()
    assert len(said) <= before + 1
    assert list((state / "nights" / evening.repository).glob("*/learn/*"))
