"""What is preferred to what, for the losses of `preference`.

What is preferred is always the true text: it stands in the repository, whoever wrote it. What it is
preferred to was shown to people or written at night, and is wrong. Log-probabilities are not needed
for that, so candidates without them serve here.
"""

import math
from collections import Counter
from collections.abc import Iterator

import msgspec

from understudy_trainer.curriculum.example import Example
from understudy_trainer.reinforce.groups import Group
from understudy_trainer.reinforce.reward import ends_too_early


class Pair(msgspec.Struct, frozen=True):
    example: Example
    """Its middle is what is preferred."""
    rejected: str


def pairs(group: Group, left_out: Counter[str]) -> Iterator[Pair]:
    """Each wrong text once. What cannot be in a pair is counted in `left_out`, by its reason."""
    seen: set[str] = set()
    for each in group.candidates:
        if not math.isfinite(each.reward):
            reason = "reward is no number"
        elif not each.text.strip():
            reason = "nothing was shown"
        elif each.reward >= 0:
            reason = "not wrong"
        elif ends_too_early(group.example.middle, each.text):
            # Both texts begin the same, and such pairs make what is preferred less probable, too
            # (Pal et al., "Smaug: Fixing Failure Modes of Preference Optimisation", 2024).
            reason = "beginning of the true text"
        elif each.text in seen:
            reason = "same text"
        else:
            seen.add(each.text)
            yield Pair(group.example, each.text)
            continue
        left_out[f"pair: {reason}"] += 1
