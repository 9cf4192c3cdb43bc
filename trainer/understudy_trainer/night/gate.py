"""Whether a candidate is promoted: decided by figures alone."""

from typing import NamedTuple

from understudy_trainer.night.proof import Proved

FEWEST_HOLES = 20
"""Of new code. On fewer, an interval says little."""

MOST_FORGOTTEN = 0.02
"""Share by which the loss on holes of earlier nights may be above the parent's."""

MOST_FORGOTTEN_OF_OTHER = 0.05
"""The same for other code, against the base model: so nights cannot add up their forgetting. The
trial in LOG.md lost 1 to 2 % without replay, and half of that with it."""


class Verdict(NamedTuple):
    promoted: bool
    reason: str


def judge(proved: Proved) -> Verdict:
    """Promoted if the interval of the gain on new code excludes zero, and too much was not
    forgotten."""
    new = proved.overall
    if new.holes < FEWEST_HOLES:
        return Verdict(
            False, f"Only {new.holes} holes of new code could be asked; {FEWEST_HOLES} are wanted."
        )
    gain = f"{new.gain:+.3f} nats a token, 95 % {new.low:+.3f} to {new.high:+.3f}"
    # Said so that a loss that is no number, as of a candidate that diverged, is never promoted.
    if not new.low > 0:
        return Verdict(False, f"The gain on new code does not exclude zero ({gain}).")
    if not proved.forgotten <= MOST_FORGOTTEN:
        return Verdict(
            False,
            f"It forgot too much of earlier nights: their loss rose by {proved.forgotten:.1%},"
            f" {MOST_FORGOTTEN:.0%} is allowed.",
        )
    if not proved.forgotten_of_other <= MOST_FORGOTTEN_OF_OTHER:
        return Verdict(
            False,
            f"It forgot too much of other code: its loss is {proved.forgotten_of_other:.1%} above"
            f" the base model's, {MOST_FORGOTTEN_OF_OTHER:.0%} is allowed.",
        )
    return Verdict(True, f"It is better on new code ({gain}) and forgot little.")
