"""Whether practising helped: greedy answers before and after it, at lines that nobody learned.

Judged by what a person would notice: whether an answer is right, is wrong and has to be read, or is
none. What `reward` gives wrong answers for being less wrong helps learning, and nobody else: a
model that gained by it alone was once taken for better (+0.004 a line, +0.001 to +0.009, with not
one more right).

As many answers must be right as before, besides. Wrong answers that are no answers any more are
worth something each, so a model could gain by falling silent, at the cost of right ones. To hide
what is not worth showing is somebody else's work (`reinforce.outcome`), with a bound on what it may
cost.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from understudy_protocol.lesson import Lesson
from understudy_protocol.lesson_index import LessonIndex, index_of
from understudy_protocol.lesson_prompt import lessons_for
from understudy_trainer.curriculum.example import Example
from understudy_trainer.learn.checkpoint import number_type
from understudy_trainer.learn.greedy import answers
from understudy_trainer.learn.losses import PROMPT_TOKENS
from understudy_trainer.learn.rendering import parts_of
from understudy_trainer.night.arms import Arms
from understudy_trainer.night.before_after import is_line
from understudy_trainer.night.held_out import as_examples
from understudy_trainer.night.proof import places_of
from understudy_trainer.night.record import Practised
from understudy_trainer.reinforce.practised_lessons import with_lessons
from understudy_trainer.reinforce.reward import RIGHT, SHOWN
from understudy_trainer.repoworld.bootstrap import by_cluster, ends, resampled
from understudy_trainer.repoworld.hole import Hole
from understudy_trainer.repoworld.verifier import verify

MOST = 80
"""Lines that are asked."""

FEWEST = 10
"""On fewer, an interval says nothing."""


def helped(
    lines: Sequence[Hole],
    arms: Arms,
    *,
    before: Path | None,
    after: Path | None,
    lessons: Sequence[Lesson],
    lessons_before: Sequence[Lesson] = (),
) -> Practised:
    """Asks the candidate as it was and as it is after practising, which has its lessons in the
    prompt, and goes by `judged`. `lessons_before` are in the prompts of the one that was."""
    return too_few(lines) or judged(
        lines,
        before=written(lines, arms, before, lessons_before),
        after=written(lines, arms, after, lessons),
    )


def too_few(lines: Sequence[Hole]) -> Practised | None:
    """What is told of so few lines that they say nothing."""
    if len(lines) >= FEWEST:
        return None
    return Practised(
        holes=len(lines),
        is_used=False,
        reason=f"Only {len(lines)} held-out lines could be asked; {FEWEST} are wanted.",
    )


def written(
    lines: Sequence[Hole], arms: Arms, adapter: Path | None, lessons: Sequence[Lesson]
) -> Sequence[str]:
    """Greedy answers, as the gateway would ask for them."""
    index = index_of(lessons)
    plain = as_examples(lines, commit="", files={}, snippets=False)
    return answers(
        [_informed(each, index) for each in plain],
        base=arms.base,
        adapter=adapter,
        repository=arms.repository,
        numbers=number_type(arms.numbers),
    )


def judged(lines: Sequence[Hole], *, before: Sequence[str], after: Sequence[str]) -> Practised:
    """It is used if the interval of what its answers are worth more excludes zero, and no fewer of
    them are right."""
    texts = list(zip(before, after, strict=True))
    right = np.array(
        [[verify(hole, text) for text in pair] for hole, pair in zip(lines, texts, strict=True)]
    )
    silent = np.array([[not text.strip() for text in pair] for pair in texts])
    worth = np.where(right, RIGHT, np.where(silent, 0.0, -SHOWN))
    gain = worth[:, 1:] - worth[:, :1]
    counted = np.hstack([gain, np.ones_like(gain)])
    draws = resampled(by_cluster(counted, places_of(lines)))
    low, high = ends(draws[:, 0] / draws[:, 1])
    said = f"{float(gain.mean()):+.3f} a line, 95 % {low:+.3f} to {high:+.3f}"
    right_before, right_after = (int(each) for each in right.sum(axis=0))
    if low <= 0:
        reason = f"That its answers are worth more is not shown ({said})."
    elif right_after < right_before:
        reason = (
            f"What it writes is worth more ({said}), but by saying nothing: {right_after} of"
            f" {len(lines)} lines are right, {right_before} were."
        )
    else:
        reason = f"What it writes is worth more ({said})."
    return Practised(
        holes=len(lines),
        worth_before=float(worth[:, 0].mean()),
        worth_after=float(worth[:, 1].mean()),
        right_before=right_before / len(lines),
        right_after=right_after / len(lines),
        low=low,
        high=high,
        is_used=low > 0 and right_after >= right_before,
        reason=reason,
    )


def asked_lines(holes: Sequence[Hole]) -> list[Hole]:
    """Those of one line, or as many of them as are enough."""
    return sorted(filter(is_line, holes), key=lambda hole: hole.id)[:MOST]


def _informed(example: Example, index: LessonIndex) -> Example:
    """As the gateway would ask it."""
    parts = parts_of(example, "")
    told = lessons_for(parts, index, language=example.language, budget=PROMPT_TOKENS)
    return with_lessons(example, [each.heuristic for each in told])
