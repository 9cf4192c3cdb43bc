"""A night of training between the hunks of a backtest, as `understudy train` would run it."""

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path

import msgspec

from understudy_protocol.release import ReleaseVersion
from understudy_trainer.backtest.nights import Evening, Learn
from understudy_trainer.learn.settings import LearnerSettings
from understudy_trainer.night.gateway import connected
from understudy_trainer.night.night import night
from understudy_trainer.night.telling import Night
from understudy_trainer.night.watch import Watch, silent
from understudy_trainer.reinforce.reinforcement import Reinforcement

USUAL = LearnerSettings()


def nightly(base: Path, *, budget_s: float, seed: int, settings: LearnerSettings = USUAL) -> Learn:
    """`base` is the directory of the model that the backtest's gateway serves."""

    async def learn(evening: Evening, tell: Callable[[str], None]) -> ReleaseVersion | None:
        is_over = threading.Event()
        try:
            return await asyncio.to_thread(_night, evening, _until(is_over, tell))
        finally:
            is_over.set()

    def _night(evening: Evening, watch: Watch) -> ReleaseVersion | None:
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
                watch,
                gateway=gateway,
            )
        return record.summary.release

    return learn


def _until(is_over: threading.Event, tell: Callable[[str], None]) -> Watch:
    """Ends the night, at the next thing that it says, when nobody waits for it any more: its thread
    would go on to the end. The next run goes on with it."""
    name = [""]

    def say(text: str) -> None:
        if is_over.is_set():
            raise asyncio.CancelledError
        tell(text)

    def stage(text: str) -> None:
        name[0] = text
        say(text)

    def done(done: int, total: int, text: str = "", *, loss: float | None = None) -> None:
        say(f"{name[0]} {done:,} of {total:,}")

    return Watch(stage, done, note=silent().note)
