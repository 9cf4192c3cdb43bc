"""What a candidate for a hole is worth: from -0.25 to 1, and 0 for saying nothing.

| a candidate | is worth |
| --- | --- |
| that is blank, so that nothing is shown | 0 |
| that is right: the true text, or its syntax tree | 1, less `OVERLONG` |
| that the tests of the repository pass with | 0.8, less `OVERLONG` |
| that is where the true text begins, but ends too early | -0.25 up to just below 0 |
| that is wrong | -0.25 to -0.05: what parses, has names that exist, and is near, is less wrong |
| that is wrong, but was accepted and kept | as wrong, or up to 0.5 by how much of it is committed |

Tests are asked if the repository's may be run (`tested`), and then about few answers, because they
take seconds each. Of all others they say nothing, and the rest of the table holds.

Only what is right, or what people kept and is committed nearly so, is worth more than nothing.
Everything is measured in shares, so neither long nor short texts have an advantage. That no trick
pays is in `tests/trainer/reinforce/test_reward_hacks.py`.
"""

from collections.abc import Container, Sequence

from understudy_trainer.curriculum.example import Example
from understudy_trainer.reinforce.grounding import grounding
from understudy_trainer.repoworld.agent import Answer
from understudy_trainer.repoworld.hole import Hole
from understudy_trainer.repoworld.verifier import kept_characters, verify

RIGHT = 1.0
"""The most that one suggestion can be worth, however long it is."""

PASSES_TESTS = 0.8
"""Less than the true text: tests do not see everything, and it is not what somebody wrote."""

SHOWN = 0.25
"""What it costs to show what is not right: it has to be read, and refused. Then it pays to show
something if it is right one time in five (0.25 / (1 + 0.25)), which is how often people took
suggestions at Meta: 22 % (Murali et al., "AI-assisted code authoring at scale", 2023)."""

PARSES = 0.05
NAMED = 0.05
NEAR = 0.1
"""What is not right can get back of `SHOWN`. Together less than it, so that among wrong answers the
better is learned, and none is better than none at all."""

KEPT = 0.5
"""For what is not right, but was accepted, is still there, and stands so in the repository but for
little. Half of right, since somebody had to mend it."""

OVERLONG = 0.1
"""Less for text that adds nothing: a comment, or what stands behind the end of the line where the
hole is within one. It takes time to write, and to read. Small, because the rest is right."""

LONGEST = 10_000
"""Characters of a candidate that is looked at. The gateway gives no longer one."""


def reward(
    hole: Hole,
    candidate: str,
    *,
    known: Container[str],
    tests: bool | None = None,
    kept: float | None = None,
) -> float:
    """`known`: names that the repository defines. `tests`: what the repository's tests say of it;
    None if they say nothing. `kept`: which share of the suggestion people took, and is still
    there, from 0 to 1, which `verdicts` passes and `mel` does not."""
    if not candidate.strip():
        return 0.0
    if len(candidate) > LONGEST:
        return -SHOWN
    first, _, rest = candidate.partition("\n")
    within_line = "\n" not in hole.middle
    shown = first if within_line else candidate
    if verify(hole, candidate):
        return RIGHT - OVERLONG * (len(_ink(candidate)) > len(_ink(hole.middle)))
    if tests:
        return PASSES_TESTS - OVERLONG * (within_line and bool(rest.strip()))
    if tests is False:
        return -SHOWN
    near = _near(hole, candidate, shown)
    if ends_too_early(hole.middle, shown):
        return -SHOWN + SHOWN * min(near, 0.99)
    ground = grounding(hole, shown, known=known)
    wrong = -SHOWN + PARSES * ground.parses + NAMED * ground.named + NEAR * near
    if kept is None:
        return wrong
    return max(wrong, -SHOWN + (SHOWN + KEPT) * min(kept, near))


def hole_of(example: Example, *, world: str) -> Hole:
    """An example as a hole that candidates are judged in."""
    prefix, middle, suffix = (
        part.replace("\r\n", "\n") for part in (example.prefix, example.middle, example.suffix)
    )
    return Hole(
        world=world,
        kind=example.unit,
        path=example.path,
        language=example.language,
        prefix=prefix,
        middle=middle,
        suffix=suffix,
    )


def paid_once(rewards: Sequence[float]) -> list[float]:
    """Rewards of suggestions on one line, in order. What is not right is paid only if no other one
    is paid as well or better: who gives a suggestion in pieces has no more of it."""
    best = max(rewards, default=0.0)
    first = next((at for at, each in enumerate(rewards) if each == best), 0)
    return [
        each if at == first or each >= PASSES_TESTS - OVERLONG else min(each, 0.0)
        for at, each in enumerate(rewards)
    ]


def ends_too_early(true: str, shown: str) -> bool:
    """Whether the text is a beginning of the true one, but for blanks."""
    begun, whole = _ink(shown), _ink(true)
    return len(begun) < len(whole) and whole.startswith(begun)


def _near(hole: Hole, candidate: str, shown: str) -> float:
    """Share of the longer of the two texts that is the same in both."""
    longer = max(len(_ink(hole.middle)), len(_ink(shown)), 1)
    return min(1.0, kept_characters(hole, Answer((candidate,))) / longer)


def _ink(text: str) -> str:
    return "".join(text.split())
