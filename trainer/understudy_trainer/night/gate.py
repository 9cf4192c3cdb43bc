"""Whether a candidate is promoted: decided by figures alone."""

from typing import NamedTuple

from understudy_trainer.night.proof import Forgotten, Proved

FEWEST_HOLES = 20
"""Of new code. On fewer, an interval says little."""

FEWEST_PLACES = 5
"""That they are of: holes of one place are no more than one observation."""

MOST_FORGOTTEN = 0.02
"""Share by which the loss on holes of earlier nights may be above the parent's."""

MOST_FORGOTTEN_OF_OTHER = 0.05
"""The same for other code, against the base model: so nights cannot add up their forgetting. The
trial in LOG.md lost 1 to 2 % without replay, and half of that with it."""


MOST_FORGOTTEN_SINCE = 0.05
"""The same for holes of earlier nights, against when they had just been learned: so nights cannot
add up what each may forget of them. Whoever is above that and no worse than its parent takes
nothing away, and is not held up by what others have forgotten."""


class Verdict(NamedTuple):
    promoted: bool
    reason: str


def judge(proved: Proved) -> Verdict:
    """Promoted if the interval of the gain on new code excludes zero, and too much was not
    forgotten."""
    new = proved.overall
    if few := too_few(new.holes, proved.places):
        return Verdict(False, few)
    gain = f"{new.gain:+.3f} nats a token, 95 % {new.low:+.3f} to {new.high:+.3f}"
    # Said so that a loss that is no number, as of a candidate that diverged, is never promoted.
    if not new.low > 0:
        return Verdict(False, f"The gain on new code does not exclude zero ({gain}).")
    of_old = Forgotten(proved.forgotten, proved.forgotten_since, proved.forgotten_of_other)
    if much := forgot_too_much(of_old):
        return Verdict(False, much)
    return Verdict(True, f"It is better on new code ({gain}) and forgot little.")


def forgot_too_much(by: Forgotten) -> str | None:
    """What, and how much of it. Loss that is no number counts as forgotten."""
    if not by.earlier <= MOST_FORGOTTEN:
        return (
            f"It forgot too much of earlier nights: their loss rose by {by.earlier:.1%},"
            f" {MOST_FORGOTTEN:.0%} is allowed."
        )
    if by.since is not None and by.earlier > 0 and not by.since <= MOST_FORGOTTEN_SINCE:
        return (
            "Nights together forgot too much of earlier ones: the loss is"
            f" {by.since:.1%} above what it was when they had just been learned,"
            f" {MOST_FORGOTTEN_SINCE:.0%} is allowed, and it rose once more."
        )
    if not by.other <= MOST_FORGOTTEN_OF_OTHER:
        return (
            f"It forgot too much of other code: its loss is {by.other:.1%} above"
            f" the base model's, {MOST_FORGOTTEN_OF_OTHER:.0%} is allowed."
        )
    return None


def too_few(holes: int, places: int) -> str | None:
    """Why nothing can be promoted, whatever is learned; None if enough is held out."""
    if holes < FEWEST_HOLES:
        found = f"Only {holes} holes of new code could be asked; {FEWEST_HOLES} are wanted."
    elif places < FEWEST_PLACES:
        found = f"All new code is of only {places} places; {FEWEST_PLACES} are wanted."
    else:
        return None
    return f"{found} Commit more code: a later night is proved on that."
