"""Text as lines, kept in blocks so that an edit costs the same in a large document as in a small
one.

Lines end where the Language Server Protocol says: at `\\n`, `\\r\\n` or `\\r`, and nowhere else.
(`str.splitlines`, which pygls uses, also splits at form feeds, U+2028 and others; every later line
number is then off by one, and edits land in the wrong place.)
"""

import re
from collections.abc import Iterator
from itertools import chain

BLOCK = 128
"""Lines in a fresh block: finding a line walks over blocks, editing one rebuilds a block's text."""

# The last line has an alternative of its own: it would be searched for a break from each character.
_LINE = re.compile(r"[^\r\n]*+(?:\r\n|\n|\r)|[^\r\n]++")


class Lines:
    """A text that can be edited by line and column and located by offset (code points)."""

    def __init__(self, text: str) -> None:
        self._blocks = [_Block(part) for part in _parts(split(text))]
        self.count = sum(len(block.lines) for block in self._blocks)
        self._near = (0, 0, 0)
        """First line, number and offset of the block that was looked at last: edits come in one
        place."""

    @property
    def chars(self) -> int:
        return sum(block.chars for block in self._blocks)

    def text(self) -> str:
        return "".join([block.text() for block in self._blocks])

    def line(self, number: int) -> str:
        """The line with its line break; the last line has none and may be empty."""
        block, index = self._locate(number)
        return self._blocks[block].lines[index]

    def offset(self, number: int) -> int:
        """Of the first character of a line."""
        block, index = self._locate(number)
        return self._near[2] + sum(map(len, self._blocks[block].lines[:index]))

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column (code points) of an offset; of one beyond the end, the end."""
        number, position, start = self._near if offset >= self._near[2] else (0, 0, 0)
        last = len(self._blocks) - 1
        while position < last and offset >= start + self._blocks[position].chars:
            start += self._blocks[position].chars
            number += len(self._blocks[position].lines)
            position += 1
        self._near = (number, position, start)
        lines = self._blocks[position].lines
        column = offset - start
        for line in lines[:-1]:
            if column < len(line):
                return number, column
            column -= len(line)
            number += 1
        return number, min(column, len(lines[-1]))

    def replace(self, start: tuple[int, int], end: tuple[int, int], inserted: str) -> str:
        """Put `inserted` in the place of what stands between two places; returns what stood
        there. Columns are code points and must lie within their lines."""
        first, last = start[0], end[0]
        head = self.line(first)[: start[1]]
        tail = self.line(last)[end[1] :]
        removed = self._between(start, end)
        new = head + inserted + tail
        # A line break may be cut in two or put together at either seam.
        if not head and first > 0 and new.startswith("\n") and self.line(first - 1)[-1] == "\r":
            first -= 1
            new = self.line(first) + new
        if new.endswith("\r") and last + 1 < self.count:
            last += 1
            new += self.line(last)
        self._splice(first, last, split(new), last + 1 < self.count)
        return removed

    def _between(self, start: tuple[int, int], end: tuple[int, int]) -> str:
        if start[0] == end[0]:
            return self.line(start[0])[start[1] : end[1]]
        block, index = self._locate(start[0])
        wanted = end[0] - start[0] + 1
        lines = list(_take(self._from(block, index), wanted))
        lines[0] = lines[0][start[1] :]
        lines[-1] = lines[-1][: end[1]]
        return "".join(lines)

    def _from(self, block: int, index: int) -> Iterator[str]:
        rest = (each.lines for each in self._blocks[block + 1 :])
        return chain(self._blocks[block].lines[index:], *rest)

    def _splice(self, first: int, last: int, new: list[str], more: bool) -> None:
        """Put `new` in the place of the lines from `first` to `last`. Where more lines follow, the
        empty line that `split` gives after a final break is the beginning of the next one."""
        if more and not new[-1]:
            new.pop()
        left, index = self._locate(first)
        start = self._near[2]
        right, end = self._locate(last)
        lines = self._blocks[left].lines[:index] + new + self._blocks[right].lines[end + 1 :]
        fresh = [_Block(part) for part in _parts(lines)] if lines else []
        self._blocks[left : right + 1] = fresh
        if not self._blocks:
            self._blocks = [_Block([""])]
        self.count += len(new) - (last + 1 - first)
        self._near = (first - index, left, start) if left < len(self._blocks) else (0, 0, 0)

    def _locate(self, number: int) -> tuple[int, int]:
        """Block and index in it. Raises IndexError for a line that is not there."""
        first, position, start = self._near if number >= self._near[0] else (0, 0, 0)
        while position < len(self._blocks):
            block = self._blocks[position]
            if number < first + len(block.lines):
                self._near = (first, position, start)
                return position, number - first
            first += len(block.lines)
            start += block.chars
            position += 1
        raise IndexError(number)


class _Block:
    __slots__ = ("_text", "chars", "lines")

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.chars = sum(map(len, lines))
        self._text: str | None = None

    def text(self) -> str:
        if self._text is None:
            self._text = "".join(self.lines)
        return self._text


def split(text: str) -> list[str]:
    """Lines with their breaks; the last one has none and may be empty, so there is always one."""
    lines: list[str] = _LINE.findall(text)
    if not lines or lines[-1][-1] in "\r\n":
        lines.append("")
    return lines


def _parts(lines: list[str]) -> Iterator[list[str]]:
    """Blocks no longer than twice `BLOCK`, so that typing does not split one at every line."""
    if len(lines) <= 2 * BLOCK:
        yield lines
        return
    for start in range(0, len(lines), BLOCK):
        yield lines[start : start + BLOCK]


def _take(lines: Iterator[str], count: int) -> Iterator[str]:
    for _, line in zip(range(count), lines, strict=False):
        yield line
