"""Holes: where people ask for code, and what belongs there.

After CodeCompose (Murali et al., 2023, section 3.1): the middle is masked in the text, not in the
tokens, and at the places where people pause: the start of a line, after an opening bracket, a dot,
an assignment. Half-written words and blocks come too, less often.
"""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

from models.recipe.archives import LANGUAGES

PAUSE = re.compile(r"\(|\.|=(?!=)|, ?|\bimport |\breturn |\bself\.|\bthis\.|\[|: |=> ")
COMMENT = ("#", "//", "*", "/*")
CLOSERS = re.compile(r"[\)\],:]")
LINES, BLOCKS = 0.76, 0.14
"""Shares of holes that go to the end of the line, and of those that are blocks."""


@dataclass(frozen=True)
class Hole:
    """The middle is `lines[first][column:]` up to `lines[last][:end]`."""

    first: int
    column: int
    last: int
    end: int
    kind: Literal["line", "block", "inside"]


def make_hole(
    lines: Sequence[str],
    at: int,
    dice: random.Random,
    to_the_end: float = LINES,
    blocks: float = BLOCKS,
) -> Hole:
    """A hole that begins on line `at`: to the end of the line, a block, or else inside the line."""
    line = lines[at]
    column = pause(line, dice)
    chance = dice.random()
    if chance < to_the_end:
        return Hole(at, column, at, len(line.rstrip()), "line")
    if chance < to_the_end + blocks:
        last = end_of_block(lines, at, dice)
        return Hole(at, column, last, len(lines[last].rstrip()), "block")
    end = dice.randint(column + 1, len(line)) if column < len(line) else len(line)
    closers = [column + m.start() for m in CLOSERS.finditer(line[column:]) if m.start()]
    if closers and dice.random() < 0.7:
        end = dice.choice(closers)
    return Hole(at, column, at, end, "inside")


def pause(line: str, dice: random.Random) -> int:
    """The column of the cursor: 35 % at the indentation, 45 % where one pauses, else anywhere."""
    indent = len(line) - len(line.lstrip())
    pauses = [m.end() for m in PAUSE.finditer(line, indent) if m.end() < len(line.rstrip())]
    chance = dice.random()
    if chance < 0.35 or (chance < 0.8 and not pauses):
        return indent
    if chance < 0.8:
        column = dice.choice(pauses)
        # The blank after `=` or `,` has usually been typed when somebody pauses there.
        return column + (line[column : column + 1] == " " and dice.random() < 0.6)
    return dice.randrange(indent, max(indent + 1, len(line.rstrip())))


def end_of_block(lines: Sequence[str], at: int, dice: random.Random) -> int:
    """The last of 2 to 8 lines that belong with line `at`."""
    indent = len(lines[at]) - len(lines[at].lstrip())
    opens = lines[at].rstrip().endswith((":", "(", "[", "{", ","))
    end = at + 1
    limit = min(len(lines), at + dice.randint(2, 8))
    while end < limit:
        inner = len(lines[end]) - len(lines[end].lstrip())
        stops = inner < indent or (inner == indent and not opens and dice.random() < 0.3)
        if lines[end].strip() and stops:
            break
        end += 1
        if inner == indent and lines[at].rstrip().endswith("{") and closes(lines[end - 1]):
            break
    while end > at + 1 and not lines[end - 1].strip():
        end -= 1
    return end - 1


def closes(line: str) -> bool:
    return line.lstrip().startswith("}")


def parts(lines: Sequence[str], hole: Hole) -> tuple[str, str, str]:
    """Prefix, middle and suffix of a whole file."""
    before = "\n".join([*lines[: hole.first], lines[hole.first][: hole.column]])
    after = "\n".join([lines[hole.last][hole.end :], *lines[hole.last + 1 :]])
    if hole.first == hole.last:
        return before, lines[hole.first][hole.column : hole.end], after
    inner = lines[hole.first + 1 : hole.last]
    middle = [lines[hole.first][hole.column :], *inner, lines[hole.last][: hole.end]]
    return before, "\n".join(middle), after


def code_lines(path: str, lines: Sequence[str]) -> list[int]:
    """Lines worth a hole: code of 4 to 160 characters, not comment, not inside a docstring."""
    is_python = LANGUAGES.get(PurePosixPath(path).suffix) == "python"
    inside = docstring_mask(lines) if is_python else comment_mask(lines)
    found: list[int] = []
    for at, line in enumerate(lines):
        text = line.strip()
        has_word = any(char.isalnum() for char in text)
        if 4 <= len(text) <= 160 and has_word and not inside[at] and not text.startswith(COMMENT):
            found.append(at)
    return found


def docstring_mask(lines: Sequence[str]) -> list[bool]:
    """For each line whether it touches a triple-quoted string."""
    quote: str | None = None
    mask: list[bool] = []
    for line in lines:
        touched = quote is not None
        for match in re.finditer(r'"""|\'\'\'', line):
            if quote is None:
                quote, touched = match.group(), True
            elif quote == match.group():
                quote = None
        mask.append(touched)
    return mask


def comment_mask(lines: Sequence[str]) -> list[bool]:
    """For each line whether it is of a block comment that begins a line.

    One that begins further right is not looked for: `"src/**/*.ts"` would open it.
    """
    inside = False
    mask: list[bool] = []
    for line in lines:
        begins = not inside and line.lstrip().startswith("/*")
        mask.append(inside or begins)
        if inside or begins:
            inside = "*/" not in line
    return mask
