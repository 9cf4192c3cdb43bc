"""`bench conventions`: do lessons help reinforcement to find out what nobody has written down?

A made-up repository (`planted`) whose five conventions have changed. A model learns the old ones,
and to read lessons, as a night would teach it: on other repositories and on lines of this one in
which something was changed, but on nothing that is new. Then it practises on holes whose true text
keeps the new ones, of which it is never shown any. Three arms ask for as many answers each:
reinforcement alone; with lessons; and, as the control, with lessons about something else, tried and
kept by the same rule. After every few rounds the model writes into held-out holes, greedily,
without a lesson in the prompt.
"""

import random
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory
from typing import Literal

import msgspec

from understudy_protocol.bench import AtLeast, BenchResult, Limit, Progress
from understudy_releases.paths import embedded_model
from understudy_trainer.bench.planted import NOUNS, lessons_read, written_before, written_since
from understudy_trainer.curriculum.example import Example
from understudy_trainer.learn.greedy import answers
from understudy_trainer.learn.mer import train
from understudy_trainer.learn.replay import Replay
from understudy_trainer.learn.settings import LearnerSettings
from understudy_trainer.lessons.reading import reading
from understudy_trainer.reinforce.mel import Practice, Report, reinforce
from understudy_trainer.reinforce.policy import Policy
from understudy_trainer.reinforce.practised_lessons import Lessons
from understudy_trainer.reinforce.reinforcement import Reinforcement
from understudy_trainer.reinforce.reward import hole_of
from understudy_trainer.repoworld.hole import Hole
from understudy_trainer.repoworld.verifier import verify

Arm = Literal["alone", "lessons", "shuffled"]
ARMS: tuple[Arm, ...] = ("alone", "lessons", "shuffled")

SEEDS = (0, 1, 2)
LEARNED, PRACTISED, HELD_OUT = 24, 24, 16
"""Nouns, each in five holes."""
READ = 2_000
"""Lines of other repositories."""


class Size(msgspec.Struct, frozen=True):
    read_steps: int = 500
    """In which it is learned to read lessons, on other repositories."""
    start_steps: int = 60
    """In which the old conventions are learned, and to read lessons of this repository."""
    answers: int = 3_000
    """That each arm may ask for."""
    every: int = 3
    """Rounds between two looks at held-out holes."""


LIMITS: dict[str, Limit] = {
    "faster_with_lessons": AtLeast(3),
    "more_right_points": AtLeast(3.0),
    # The control: what lessons about something else bring.
    "more_right_points_shuffled": 0.0,
}


async def run(progress: Progress) -> BenchResult:
    return measure(embedded_model(), Size(), seeds=SEEDS, progress=progress)


def measure(base: Path, size: Size, *, seeds: Sequence[int], progress: Progress) -> BenchResult:
    """`right_…` is the share of held-out holes that the model fills exactly in the end, `area_…`
    the mean of it over the answers asked for, both means over the seeds."""
    curves: dict[Arm, list[Curve]] = {arm: [] for arm in ARMS}
    kept: dict[Arm, list[int]] = {arm: [] for arm in ARMS}
    with TemporaryDirectory(prefix="understudy-conventions-") as scratch:
        reader = taught(
            lessons_read(READ, seed=0),
            base=base,
            parent=None,
            steps=size.read_steps,
            folder=Path(scratch) / "reader",
            seed=0,
            progress=lambda step: progress(f"to read lessons, {step}"),
        )
        for seed in seeds:
            nouns = random.Random(seed).sample(NOUNS, LEARNED + PRACTISED + HELD_OUT)
            before = written_before(nouns[:LEARNED])
            start = taught(
                [
                    *before,
                    *lessons_read(5 * LEARNED, seed=seed),
                    *_read_here(before, nouns[:LEARNED], seed=seed),
                ],
                base=base,
                parent=reader,
                steps=size.start_steps,
                folder=Path(scratch) / f"start-{seed}",
                seed=seed,
                progress=lambda step, seed=seed: progress(f"seed {seed}: what was before, {step}"),
            )
            for arm in ARMS:
                curve, lessons = _practised(
                    arm,
                    nouns[LEARNED:],
                    size,
                    base=base,
                    start=start,
                    folder=Path(scratch) / f"{arm}-{seed}",
                    seed=seed,
                    progress=progress,
                )
                curves[arm].append(curve)
                kept[arm].append(lessons)
    figures: dict[str, float] = {}
    for arm in ARMS:
        figures[f"right_{arm}"] = fmean(each.points[-1][1] for each in curves[arm])
        figures[f"area_{arm}"] = fmean(map(_area, curves[arm]))
        figures[f"kept_lessons_{arm}"] = fmean(kept[arm])
    pairs = list(zip(curves["lessons"], curves["alone"], strict=True))
    figures["faster_with_lessons"] = sum(_area(one) > _area(other) for one, other in pairs)
    figures["more_right_points"] = 100 * (figures["right_lessons"] - figures["right_alone"])
    figures["more_right_points_shuffled"] = 100 * (
        figures["right_shuffled"] - figures["right_alone"]
    )
    return BenchResult(
        figures,
        {
            "seeds": len(seeds),
            "answers": size.answers,
            "held_out_holes": 5 * HELD_OUT,
            "read_steps": size.read_steps,
            "start_steps": size.start_steps,
            **{f"curves_{arm}": "; ".join(map(_curve, curves[arm])) for arm in ARMS},
        },
    )


class Curve(msgspec.Struct, frozen=True):
    points: tuple[tuple[int, float], ...]
    """Answers asked for, and the share of held-out holes that is right then."""


def taught(
    examples: Sequence[Example],
    *,
    base: Path,
    parent: Path | None,
    steps: int,
    folder: Path,
    seed: int,
    progress: Progress,
) -> Path:
    """An adapter after so many steps of a night's own learner, whose clock counts them."""
    done = [0]

    def step(_: object) -> None:
        done[0] += 1
        progress(f"step {done[0]} of {steps}")

    return train(
        examples,
        base=base,
        parent=parent,
        replay=Replay(),
        settings=LearnerSettings(
            optimiser="adamw",
            learning_rate=1e-3,
            passes=50,
            replay_share=0.0,
            reptile_every=0,
            row_tokens=512,
        ),
        budget_s=steps,
        folder=folder,
        seed=seed,
        progress=step,
        clock=lambda: float(done[0]),
    ).folder


def _read_here(before: Sequence[Example], nouns: Sequence[str], *, seed: int) -> list[Example]:
    """Lines under lessons, but for those that happen to be as they are written since."""
    since = {each.middle for each in written_since(nouns)}
    mixed = random.Random(seed).sample(before, len(before))
    return [each for each in reading(mixed, seed=seed) if each.middle not in since]


def _practised(
    arm: Arm,
    nouns: Sequence[str],
    size: Size,
    *,
    base: Path,
    start: Path,
    folder: Path,
    seed: int,
    progress: Progress,
) -> tuple[Curve, int]:
    practised, held_out = written_since(nouns[:PRACTISED]), written_since(nouns[PRACTISED:])
    holes = [hole_of(each, world="planted") for each in held_out]
    points = [(0, _right(holes, answers(held_out, base=base, adapter=start)))]

    def look(policy: Policy, report: Report) -> None:
        asked = sum(each.asked for each in report.rounds) + report.lessons.answers
        clock[0] = asked
        progress(f"seed {seed}, {arm}: {asked} of {size.answers} answers")
        if len(report.rounds) % size.every == 0 or asked >= size.answers:
            points.append((asked, _right(holes, policy.greedy(held_out))))

    clock = [0]
    done = reinforce(
        Practice(practised, {}, (), frozenset()),
        base=base,
        parent=start,
        settings=Reinforcement(
            rounds=1_000, prompt_tokens=192, reptile_epsilon=1.0, least_spread=0.0
        ),
        learner_settings=LearnerSettings(),
        lessons=None if arm == "alone" else Lessons(practised, night=0, shuffled=arm == "shuffled"),
        budget_s=size.answers,
        folder=folder,
        seed=seed,
        progress=look,
        clock=lambda: float(clock[0]),
    )
    return Curve(tuple(points)), len(done.report.lessons.kept)


def _right(holes: Sequence[Hole], texts: Sequence[str]) -> float:
    return fmean(verify(hole, text) for hole, text in zip(holes, texts, strict=True))


def _curve(curve: Curve) -> str:
    return " ".join(f"{asked}:{right:.2f}" for asked, right in curve.points)


def _area(curve: Curve) -> float:
    """Mean share that is right, from the first answer to the last."""
    whole = sum(
        (second[0] - first[0]) * (first[1] + second[1]) / 2
        for first, second in pairwise(curve.points)
    )
    return whole / max(1, curve.points[-1][0])
