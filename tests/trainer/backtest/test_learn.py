"""A night between hunks is a night as any other."""

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


@pytest.mark.parametrize(("rate", "better"), [(HABITS.learning_rate, True), (0.0, False)])
async def test_it_gives_the_release_that_it_promoted_or_none(
    tmp_path: Path, rate: float, better: bool
) -> None:
    folder, state = shop(tmp_path / "shop"), tmp_path / "state"
    evening = Evening(
        night=1,
        commit=git(folder, "rev-parse", "HEAD"),
        checkout=folder,
        repository=identity(folder),
        state_dir=state,
    )
    settings = msgspec.structs.replace(HABITS, learning_rate=rate)
    learn = nightly(base(tmp_path), budget_s=60.0, seed=0, settings=settings)
    version = await learn(evening)
    assert version == served(promotions.history(state / "releases", evening.repository))
    assert (version is not None) == better
