"""Implementation, the largest unit: what stands in the repository, asked for where people ask.

SWE-Spot masks a function and lets an agent look for what it needs in other files before it writes
it. Here a hole is what an editor asks for: a call, a value, a line or a body, begun where people
pause. What is to be looked for is found already: the definitions that the middle uses, as the
language server would show them, among others that are used nearby, and for a part of the examples
nothing at all. Nobody's answer is needed: the text is its own.
"""

import random
import re
from collections.abc import Iterator

import msgspec

from understudy_protocol.completion import Snippet
from understudy_protocol.languages import language_of
from understudy_secrets.span import REDACTED
from understudy_trainer.curriculum.definitions import WORD, Definitions
from understudy_trainer.curriculum.example import Example
from understudy_trainer.curriculum.gather import Gathered
from understudy_trainer.repoworld.kinds.holes import LEAST, MOST, holes_in
from understudy_trainer.repoworld.kinds.kind import BY_NAME
from understudy_trainer.repoworld.kinds.lines import COMMENT, places_by_line

SHARES = {"block": 14, "start of a line": 30, "pause": 39, "elsewhere": 17}
"""Of a hundred holes of a file, as in the data of the embedded model (`models/recipe/holes.py`):
where people pause after a bracket, a dot, a comma, `=` or a word such as `return`, most."""

LINES_A_HOLE = 4
"""Lines of code in a file to one hole."""

TO_LINE_END = 0.5
"""Of the holes within a line go on to its end, for lines are what is asked for most often."""

ALONE = 0.35
"""Of the examples have no snippets."""
USED, NEARBY = 3, 3
"""Definitions that are shown: of what the middle uses, and of what stands around it."""
AROUND = 600
"""Characters before the hole in which that is."""

_PAUSE = re.compile(r"(?:[(\[.,:]|(?<![=!<>])=|=>|\b(?:import|return|from|in|not|and|or)) ?$")


class _Hole(msgspec.Struct, frozen=True):
    path: str
    start: int
    end: int


def implementation(gathered: Gathered, *, seed: int) -> Iterator[Example]:
    """In an order in which any beginning is a fair sample of the whole."""
    dice = random.Random(f"{seed} implementation")
    holes = [hole for path in sorted(gathered.files) for hole in _drawn(gathered, path, dice)]
    dice.shuffle(holes)
    definitions = Definitions(gathered.files)
    words: dict[str, frozenset[str]] = {}
    for hole in holes:
        text = gathered.files[hole.path]
        if hole.path not in words:
            words[hole.path] = frozenset(WORD.findall(text))
        yield Example(
            unit="implementation",
            path=hole.path,
            commit=gathered.commit,
            language=language_of(hole.path) or "",
            prefix=text[: hole.start],
            middle=text[hole.start : hole.end],
            suffix=text[hole.end :],
            snippets=_snippets(text, hole, definitions, words[hole.path], dice),
        )


def _drawn(gathered: Gathered, path: str, dice: random.Random) -> Iterator[_Hole]:
    """Holes of one file, no two of the same text and place."""
    text = gathered.files[path]
    if not _has_news(text, gathered.known):
        return
    waiting: dict[str, list[tuple[int, int]]] = {name: [] for name in SHARES}
    for where, start, end in _places(text, language_of(path) or ""):
        waiting[where].append((start, end))
    for places in waiting.values():
        dice.shuffle(places)
    taken: set[tuple[int, int]] = set()
    for _ in range(max(1, _code_lines(text) // LINES_A_HOLE)):
        left = [name for name in SHARES if waiting[name]]
        if not left:
            return
        (where,) = dice.choices(left, [SHARES[name] for name in left])
        start, end = waiting[where].pop()
        if where != "block" and dice.random() < TO_LINE_END:
            end = max(end, _line_end(text, end))
        if (start, end) not in taken and _may_be_asked(text, start, end, gathered.known):
            taken.add((start, end))
            yield _Hole(path, start, end)


def _places(text: str, language: str) -> Iterator[tuple[str, int, int]]:
    """Where a hole may be, which of `SHARES` it is of; by lines where there is no grammar."""
    found = holes_in(text, language)
    for place in found:
        yield _where(text, place.start, place.kind), place.start, place.end
    for line in places_by_line(text) if not found else ():
        yield "start of a line" if line.kind == "line" else "pause", line.start, line.end


def _where(text: str, start: int, kind: str) -> str:
    if BY_NAME[kind].multi_line:
        return "block"
    before = text[text.rfind("\n", 0, start) + 1 : start]
    if not before.strip():
        return "start of a line"
    return "pause" if _PAUSE.search(before[-12:]) else "elsewhere"


def _may_be_asked(text: str, start: int, end: int, known: frozenset[str]) -> bool:
    middle = text[start:end]
    if end - start > MOST or REDACTED in middle or len("".join(middle.split())) < LEAST:
        return False
    whole = text[text.rfind("\n", 0, start) + 1 : _line_end(text, end)]
    lines = [line.strip() for line in whole.split("\n")]
    return not known or all(line not in known for line in lines if line)


def _has_news(text: str, known: frozenset[str]) -> bool:
    return not known or any(line.strip() not in known for line in text.split("\n"))


def _line_end(text: str, at: int) -> int:
    """Where the last letter of a line stands, or `at` if that comes after it."""
    end = text.find("\n", at)
    return at + len(text[at : len(text) if end < 0 else end].rstrip())


def _code_lines(text: str) -> int:
    lines = (line.strip() for line in text.split("\n"))
    return sum(len(line) >= 4 and not line.startswith(COMMENT) for line in lines)


def _snippets(
    text: str,
    hole: _Hole,
    definitions: Definitions,
    words: frozenset[str],
    dice: random.Random,
) -> tuple[Snippet, ...]:
    if dice.random() < ALONE:
        return ()
    used = WORD.findall(text[hole.start : hole.end])
    nearby = WORD.findall(text[max(0, hole.start - AROUND) : hole.start])[::-1]
    found = definitions.used(used, hole.path, words=words, most=USED)
    for each in definitions.used(nearby, hole.path, words=words, most=USED + NEARBY):
        if each not in found and len(found) < USED + NEARBY:
            found.append(each)
    dice.shuffle(found)
    return tuple(found)
