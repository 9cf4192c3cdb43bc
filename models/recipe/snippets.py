"""Snippets of the same package for a hole: what an editor would send, found by shared names.

Blocks of lines are scored by the identifiers, and the pairs of neighbouring identifiers, that they
share with the text around the cursor, rare ones more; where a block continues the very characters
before the cursor, by how many. The hole's own text is never looked at, except by `answering`,
which is for training only.
"""

import math
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

WORD = re.compile(r"[A-Za-z_]\w*")
BLOCK = 6
"""Lines of a block, the unit that is scored."""
COMMON = 48
"""A term in more blocks than this tells nothing."""


@dataclass(frozen=True)
class Index:
    """Files of one package, and where their terms occur."""

    paths: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]
    postings: dict[str, list[tuple[int, int]]]
    """Term to (file, block), for terms that occur in 2 to `COMMON` blocks."""


@dataclass(frozen=True)
class Place:
    """Lines `start` to `end` (exclusive) of one file of an index."""

    file: int
    start: int
    end: int

    def overlaps(self, other: "Place", margin: int = 0) -> bool:
        return (
            self.file == other.file
            and self.start < other.end + margin
            and other.start < self.end + margin
        )


def build_index(files: Iterable[tuple[str, str]]) -> Index:
    """An index of (path, text) pairs."""
    pairs = list(files)
    lines = tuple(tuple(text.split("\n")) for _, text in pairs)
    postings: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for file, content in enumerate(lines):
        for block in range(0, len(content), BLOCK):
            for term in unique("\n".join(content[block : block + BLOCK])):
                postings[term].append((file, block // BLOCK))
    useful = {term: at for term, at in postings.items() if 2 <= len(at) <= COMMON}
    return Index(tuple(path for path, _ in pairs), lines, useful)


def terms(text: str) -> list[str]:
    """Identifiers of four letters and more, and pairs of neighbours on a line."""
    found: list[str] = []
    for line in text.split("\n"):
        words = WORD.findall(line)
        found += [word for word in words if len(word) > 3]
        found += [f"{a} {b}" for a, b in pairwise(words)]
    return found


def unique(text: str) -> list[str]:
    """Each term once, in the order of the text: a set's order changes from process to process, and
    with it which of two equal blocks is found."""
    return list(dict.fromkeys(terms(text)))


def around(index: Index, hole: Place, column: int, suffix_lines: int = 4) -> Counter[str]:
    """Terms near the cursor with their weights: the line before it, lines above, lines below."""
    lines = index.lines[hole.file]
    weights: Counter[str] = Counter()
    parts = (
        (lines[hole.start][:column], 3.0),
        ("\n".join(lines[max(0, hole.start - 3) : hole.start]), 1.5),
        ("\n".join(lines[max(0, hole.start - 10) : max(0, hole.start - 3)]), 0.6),
        ("\n".join(lines[hole.end : hole.end + suffix_lines]), 0.8),
    )
    for text, weight in parts:
        for term in unique(text):
            weights[term] = max(weights[term], weight)
    return weights


def relevant(index: Index, hole: Place, column: int, window: Place, wanted: int) -> list[Place]:
    """At most `wanted` places outside `window`, the most useful first.

    `hole` are the lines that the middle covers, `column` is where it begins on the first of them.
    """
    scores: Counter[tuple[int, int]] = Counter()
    for term, weight in around(index, hole, column).items():
        at = index.postings.get(term, ())
        for block in at:
            scores[block] += weight * math.log(2 * COMMON / len(at))
    before = index.lines[hole.file][hole.start][:column].lstrip()
    if len(before) < 8 and hole.start:
        before = index.lines[hole.file][hole.start - 1].strip() + "\n" + before
    best = [
        (score + continuation(index, block, before), block)
        for block, score in scores.most_common(40)
    ]
    best.sort(key=lambda item: -item[0])
    return distinct((place_of(index, block) for _, block in best), [window], wanted)


def continuation(index: Index, block: tuple[int, int], before: str) -> float:
    """How far the characters before the cursor occur in a block, longest suffix, as a score."""
    file, number = block
    text = "\n".join(
        line.strip() for line in index.lines[file][number * BLOCK : number * BLOCK + BLOCK + 1]
    )
    for length in (40, 28, 20, 14, 10, 7, 4):
        if length <= len(before) and before[-length:] in text:
            return length / 4
    return 0.0


def answering(index: Index, middle: str, window: Place, wanted: int) -> list[Place]:
    """Places outside the window that share the rarest names of the middle itself."""
    scores: Counter[tuple[int, int]] = Counter()
    for term in unique(middle):
        at = index.postings.get(term, ())
        for block in at:
            scores[block] += math.log(2 * COMMON / len(at))
    blocks = (block for block, _ in scores.most_common(12))
    return distinct((place_of(index, block) for block in blocks), [window], wanted)


def anywhere(index: Index, window: Place, dice: random.Random) -> list[Place]:
    """One place of the package by chance, as a distractor."""
    file = dice.randrange(len(index.lines))
    blocks = max(1, len(index.lines[file]) // BLOCK)
    return distinct([place_of(index, (file, dice.randrange(blocks)))], [window], 1)


def place_of(index: Index, block: tuple[int, int]) -> Place:
    """A block with some lines around it, from where its indentation begins if that is near."""
    file, number = block
    lines = index.lines[file]
    start = max(0, number * BLOCK - 2)
    end = min(len(lines), number * BLOCK + BLOCK + 4)
    while start < end - 1 and not lines[start].strip():
        start += 1
    while end > start + 1 and not lines[end - 1].strip():
        end -= 1
    return Place(file, start, end)


def distinct(places: Iterable[Place], taken: Sequence[Place], wanted: int) -> list[Place]:
    found: list[Place] = []
    for place in places:
        if len(found) == wanted:
            break
        if not any(place.overlaps(other, margin=1) for other in (*taken, *found)):
            found.append(place)
    return found


def text_of(index: Index, place: Place) -> str:
    return "\n".join(index.lines[place.file][place.start : place.end])
