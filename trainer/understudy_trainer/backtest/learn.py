"""A night of training between the hunks of a backtest, as `understudy train` would run it."""

import asyncio
from pathlib import Path

import msgspec

from understudy_protocol.release import ReleaseVersion
from understudy_trainer.backtest.nights import Evening, Learn
from understudy_trainer.learn.settings import LearnerSettings
from understudy_trainer.night.gateway import connected
from understudy_trainer.night.night import night
from understudy_trainer.night.telling import Night
from understudy_trainer.night.watch import silent
from understudy_trainer.reinforce.reinforcement import Reinforcement

USUAL = LearnerSettings()


def nightly(base: Path, *, budget_s: float, seed: int, settings: LearnerSettings = USUAL) -> Learn:
    """`base` is the directory of the model that the backtest's gateway serves."""

    async def learn(evening: Evening) -> ReleaseVersion | None:
        return await asyncio.to_thread(_night, evening)

    def _night(evening: Evening) -> ReleaseVersion | None:
        with connected(evening.state_dir, base) as gateway:
            record = night(
                Night(
                    path=evening.checkout,
                    repository=evening.repository,
                    state=evening.state_dir,
                    base=base,
                    budget_s=budget_s,
                    settings=msgspec.structs.replace(
                        settings, repository=evening.repository.rpartition("-")[0]
                    ),
                    seed=seed,
                    reinforcement=Reinforcement() if evening.reinforces else None,
                ),
                silent(),
                gateway=gateway,
            )
        return record.summary.release

    return learn
