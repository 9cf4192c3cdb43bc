"""The copy that practises learns first to read lessons, and nobody else does.

Every other line it reads so was made up (`lessons.reading`), which is nothing to be served unless
it is shown to help. So it is learned where that is asked: by the copy, and not by the candidate.
"""

from pathlib import Path

from understudy_trainer.learn.mer import Step, train
from understudy_trainer.learn.replay import Replay
from understudy_trainer.lessons.reading import to_read
from understudy_trainer.night.arms import Arms
from understudy_trainer.night.resumed import resumed
from understudy_trainer.night.telling import Found, Night
from understudy_trainer.night.watch import Watch

FOLDER = "reading"

SHARE = 0.3
"""Of the time for practice."""


def taught_to_read(
    asked: Night,
    candidate: Path,
    found: Found,
    arms: Arms,
    watch: Watch,
    *,
    budget_s: float,
    seed: int,
) -> Path:
    """The adapter of the copy; the candidate's own where there is nothing to read. A night that
    goes on after a kill has the same, if the time suffices for all of it."""
    examples = to_read(found.examples, seed=seed)
    if not examples:
        return candidate
    folder = arms.folder / FOLDER

    def progress(step: Step) -> None:
        watch.done(step.number, step.total, "reading lessons")

    def run() -> Path:
        return train(
            examples,
            base=asked.base,
            parent=candidate,
            replay=Replay(),
            settings=asked.settings,
            budget_s=budget_s,
            folder=folder,
            seed=seed,
            progress=progress,
        ).folder

    return resumed(run, folder=folder, what="Practice in reading lessons", notes=found.notes)
