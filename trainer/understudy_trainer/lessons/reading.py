"""Practice in reading lessons: what is written where a lesson stands in the prompt.

A small base model has never seen a sentence such as "Calls of `get` here pass `timeout=`." above
its code, and goes on as if it were not there. So the copy of the candidate that practises on
answers learns lines of the repository under a lesson first (`night.taught_to_read`). The lesson is
made as always, from a right and a wrong answer; one of them is the line as it stands, the other the
line with something changed in it. Every other time it is the changed one that is right: what the
code around it says then does not tell, the lesson does, and reading it is the only way to be right.
Some lines stand as they are under a lesson about something else: else it is learned that where
anything is said something else is to be written, and any sentence makes a model try other things.

How quickly that is learned hangs on how much of the line is left to decide: see trainer/LOG.md.
"""

import random
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import msgspec

from understudy_protocol.completion import Snippet
from understudy_protocol.lesson_choice import snippet_of
from understudy_trainer.curriculum.example import Example
from understudy_trainer.lessons.pair import Pair
from understudy_trainer.lessons.templates import lesson_of
from understudy_trainer.repoworld.hole import Hole

TRIES = 3
"""Changes that are tried on a line, until one makes a lesson."""

SHARE, MOST = 0.1, 400
"""Of the examples of a night; and how many at most, for each takes some 10 ms to make."""

ELSEWHERE = 1 / 4
"""Share of the lines under a lesson about something else."""

_NAME = re.compile(r"\b[a-zA-Z_]\w{2,}\b")
_KEYWORD = re.compile(r",\s*(\w+)\s*=\s*[\w.\"']+(?=\s*[,)])")
_LITERAL = re.compile(r"\b(?:True|False|None|true|false|null|\d+)\b")
_OTHER_LITERAL = {"True": "False", "False": "True", "None": "0", "true": "false", "false": "true"}


def to_read(examples: Sequence[Example], *, seed: int) -> list[Example]:
    """Such examples, and as many others beside them, so that nothing is forgotten over it. Empty if
    nothing can be said of any."""
    chance = random.Random(f"{seed} to read")
    found = [*islice(reading(examples, seed=seed), min(MOST, round(SHARE * len(examples))))]
    mixed = [*found, *chance.sample(list(examples), len(found))]
    chance.shuffle(mixed)
    return mixed


def reading(examples: Iterable[Example], *, seed: int) -> Iterator[Example]:
    """Each example of one line of which something can be said, under a lesson and without other
    snippets."""
    dice = random.Random(f"{seed} reading")
    said: list[Snippet] = []
    for example in examples:
        if not example.middle.strip() or "\n" in example.middle.rstrip("\n"):
            continue
        made = _under_a_lesson(example, dice)
        if made is None:
            continue
        other = dice.choice(said) if said and dice.random() < ELSEWHERE else None
        said += made.snippets
        if other is not None and not _names(other.text) & _names(example.middle):
            other = msgspec.structs.replace(other, path=example.path)
            made = msgspec.structs.replace(made, middle=example.middle, snippets=(other,))
        yield made


def _under_a_lesson(example: Example, dice: random.Random) -> Example | None:
    for changed in _changed(example, dice):
        right, wrong = dice.sample((example.middle, changed), 2)
        lesson = lesson_of(Pair(_hole(example, right), right, wrong))
        snippet = None if lesson is None else snippet_of([lesson.heuristic], path=example.path)
        if snippet is not None:
            return msgspec.structs.replace(
                example, unit="lessons", middle=right, snippets=(snippet,)
            )
    return None


def _names(text: str) -> set[str]:
    return set(_NAME.findall(text))


def _hole(example: Example, middle: str) -> Hole:
    return Hole(
        world="",
        kind="lessons",
        path=example.path,
        language=example.language,
        prefix=example.prefix,
        middle=middle,
        suffix=example.suffix,
    )


def _changed(example: Example, dice: random.Random) -> list[str]:
    """The middle with something changed: an argument left out, a value or a name another one."""
    middle = example.middle
    changes = [_KEYWORD.sub("", middle, count=1), *_other_values(middle)]
    names = sorted(set(_NAME.findall(example.prefix[-2_000:])) - set(_NAME.findall(middle)))
    for found in _NAME.finditer(middle):
        if names:
            changes.append(middle[: found.start()] + dice.choice(names) + middle[found.end() :])
    changed = [each for each in changes if each != middle]
    return dice.sample(changed, min(TRIES, len(changed)))


def _other_values(middle: str) -> Iterator[str]:
    for found in _LITERAL.finditer(middle):
        other = _OTHER_LITERAL.get(found[0], f"{found[0]}0")
        yield middle[: found.start()] + other + middle[found.end() :]
