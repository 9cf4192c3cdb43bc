"""The stage of a night in which examples are learned (`learn.mer`)."""

from pathlib import Path

from understudy_trainer.learn.mer import Step, Trained, train
from understudy_trainer.learn.replay import Replay
from understudy_trainer.night.plan import TONIGHT, Plan
from understudy_trainer.night.resumed import resumed
from understudy_trainer.night.telling import Found, Night
from understudy_trainer.night.watch import Watch

LEARN = "learn"
"""Folder in `tonight`, of the learner."""


def learn(
    asked: Night,
    plan: Plan,
    found: Found,
    replay: Replay,
    parent: Path | None,
    budget_s: float,
    watch: Watch,
) -> Trained:
    folder = asked.state / "nights" / asked.repository / TONIGHT / LEARN

    def progress(step: Step) -> None:
        loss = "" if step.loss is None else f"loss {step.loss:.2f}"
        watch.done(step.number, step.total, loss, loss=step.loss)

    def run() -> Trained:
        return train(
            found.examples,
            base=asked.base,
            parent=parent,
            replay=replay,
            settings=asked.settings,
            budget_s=budget_s,
            folder=folder,
            seed=plan.seed,
            progress=progress,
        )

    return resumed(run, folder=folder, what="The learning", notes=found.notes)
