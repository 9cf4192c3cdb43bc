"""Short trainings that differ in one thing: so many steps each, however fast the machine is, of the
same repository, asked the same holes afterwards."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from understudy_protocol.bench import Progress
from understudy_trainer.curriculum.curriculum import SHARES, curriculum
from understudy_trainer.curriculum.example import Example, Unit
from understudy_trainer.curriculum.gather import Gathered, gather
from understudy_trainer.learn.losses import losses
from understudy_trainer.learn.mer import Step, train
from understudy_trainer.learn.replay import Replay
from understudy_trainer.learn.settings import LearnerSettings
from understudy_trainer.night.anchors import asked_anchors, practised_anchors
from understudy_trainer.night.held_out import Span, as_examples, drawn, holes_between
from understudy_trainer.night.material import ANCHORS, clean_holes
from understudy_trainer.night.proof import Losses, Sets
from understudy_trainer.repoworld.release import pinned
from understudy_trainer.repoworld.release_history import release_histories
from understudy_trainer.repoworld.worlds import World, commits


class Repository(msgspec.Struct, frozen=True):
    """What was there before its newest commit, and what that brought."""

    name: str
    gathered: Gathered
    sets: Sets
    replay: Replay
    """Other code, to be practised."""


def release_history(name: str, progress: Progress) -> World:
    """The pinned package's, which is built at first."""
    (world,) = release_histories([pinned()[name]], progress=progress)
    return world


def repository(world: World, *, holes: int, other: int, seed: int) -> Repository:
    """`holes` in lines that the newest commit brought, and as many as `other` in other code."""
    history = commits(world)
    span = Span(history[-2].id, history[-1].id)
    gathered = gather(world.folder, commit=span.learn_until, since=None)
    newer = gather(world.folder, commit=span.until, since=span.learn_until)
    found = clean_holes(holes_between(world, span, seed=seed), newer)
    found = drawn(found, wanted=holes, seed=seed)
    commit, files = gathered.commit, gathered.files
    return Repository(
        world.name,
        gathered,
        {
            "new code": as_examples(found, commit=commit, files=files, snippets=False),
            "new code, with snippets": as_examples(
                found, commit=commit, files=files, snippets=True
            ),
            "other code": asked_anchors(other, seed=0),
        },
        Replay(anchors=practised_anchors(ANCHORS, seed=0)),
    )


def examples(
    of: Repository, *, seed: int, shares: Mapping[Unit, float] = SHARES
) -> Sequence[Example]:
    return curriculum(of.gathered, seed=seed, shares=shares)


def teach(
    of: Repository,
    new: Sequence[Example],
    settings: LearnerSettings,
    *,
    base: Path,
    steps: int,
    folder: Path,
    seed: int,
    progress: Progress,
) -> Losses:
    """The losses after so many steps of a night's own learner, whose clock counts steps."""
    settings = msgspec.structs.replace(settings, repository=of.name)
    done = [0]

    def step(told: Step) -> None:
        done[0] += 1
        progress(f"step {told.number} of {steps}")

    trained = train(
        new,
        base=base,
        parent=None,
        replay=of.replay,
        settings=settings,
        budget_s=steps,
        folder=folder,
        seed=seed,
        progress=step,
        clock=lambda: float(done[0]),
    )
    full = settings.mode == "full"
    return asked(
        of,
        base=trained.folder if full else base,
        adapter=None if full else trained.folder,
        progress=progress,
    )


def asked(of: Repository, *, base: Path, adapter: Path | None, progress: Progress) -> Losses:
    """How probable a model finds what was written."""
    progress("asking")
    return {
        name: losses(holes, base=base, adapter=adapter, repository=of.name)
        for name, holes in of.sets.items()
    }
