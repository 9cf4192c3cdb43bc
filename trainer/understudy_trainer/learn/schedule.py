"""How many steps a night takes, and its learning rate at each of them.

Steps are counted beforehand, from the passes that are wanted. While the pace of the steps so far
says that the time will not suffice, fewer are planned, so that the learning rate still falls to
zero at the end. A night with time enough is therefore the same, byte for byte, on a fast and a slow
machine, killed on its way or not.
"""

import math
from collections.abc import Collection
from statistics import median

from understudy_trainer.learn.settings import LearnerSettings

RECENT = 9
"""Steps whose pace is looked at besides the mean."""

SHORT = 100
"""Steps up to which a night takes the learning rate of the settings."""

SLACK = 0.05
"""Share of the budget that a night may end too early or too late by without a thought."""


def steps_wanted(new_tokens: int, settings: LearnerSettings) -> int:
    """For all passes over examples that have so many tokens."""
    rows = settings.rows_per_step
    new_rows = rows - replay_rows(settings)
    per_step = settings.row_tokens * new_rows
    return max(1, math.ceil(new_tokens * settings.passes / per_step)) if new_tokens else 0


def replay_rows(settings: LearnerSettings) -> int:
    """Rows of a step that are replayed, on the average; one row at least is new."""
    return min(settings.rows_per_step - 1, round(settings.rows_per_step * settings.replay_share))


def steps_possible(
    step: int,
    wanted: int,
    *,
    training_s: float,
    left_s: float,
    budget_s: float,
    recent_s: Collection[float] = (),
) -> int:
    """How many of the steps wanted there is time for, after `step` that took `training_s`, the
    newest of them `recent_s` each.

    The pace is that of all steps, or of the newest if they are slower: the median, as one step that
    was held up says nothing of those to come. But the slowest counts when it comes to the last: a
    step that would go far beyond the end, if it took as long, is not begun.
    """
    if left_s <= 0:
        return step
    if not step or training_s <= 0:
        return wanted
    slack = SLACK * budget_s
    if recent_s and left_s < slack and max(recent_s) > left_s + slack:
        return step
    pace = max(training_s / step, median(recent_s) if recent_s else 0.0)
    return min(wanted, step + round(left_s / pace))


def learning_rate(step: int, total: int, settings: LearnerSettings) -> float:
    """Up in a line, flat, and down in a line, for the step with this number, from 0.

    A night of many steps takes shorter ones: Muon's are as long however little there is left to
    learn, and four times as many went four times as far (LOG.md)."""
    highest = settings.learning_rate * min(1.0, math.sqrt(SHORT / total))
    rising = min(1.0, (step + 1) / (settings.warmup_steps + 1))
    left = 1.0 - (step + 0.5) / max(total, step + 1)
    falling = 1.0 if settings.flat >= 1 else min(1.0, left / (1.0 - settings.flat))
    return highest * rising * falling
