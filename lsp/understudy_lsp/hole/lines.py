"""Lines and their indentation: what can be known of any text without a grammar.

Every search is bounded, because it runs at a key and a document may be anything.
"""

from collections.abc import Iterator

import msgspec

from understudy_lsp.snapshot import last_line_end, next_line_end

TAB_WIDTH = 4
"""The same as the gateway's, which cuts by indentation."""

REACH = 2_000
"""Lines looked at above or below the cursor. A scope longer than this is not worth its time."""

LONGEST = 2_000
"""Characters of a line that are looked at. What is longer was not written by a person."""


class Line(msgspec.Struct, frozen=True):
    start: int
    end: int
    """Where its line break is."""
    text: str
    """Without the break, and cut at `LONGEST`."""

    @property
    def width(self) -> int:
        return width(self.text)


def line_at(text: str, offset: int) -> Line:
    start, end = last_line_end(text, offset), next_line_end(text, offset)
    return Line(start, end, text[start : min(end, start + LONGEST)])


def lines_above(text: str, offset: int) -> Iterator[Line]:
    """The lines above the one at `offset` that are not blank, nearest first."""
    start = last_line_end(text, offset)
    for _ in range(REACH):
        if start == 0:
            return
        line = line_at(text, start - 1)
        start = line.start
        if line.text.strip():
            yield line


def lines_below(text: str, offset: int) -> Iterator[Line]:
    """The lines below the one at `offset` that are not blank, nearest first."""
    end = next_line_end(text, offset)
    for _ in range(REACH):
        if end == len(text):
            return
        line = line_at(text, end + 1)
        end = line.end
        if line.text.strip():
            yield line


def width(line: str) -> int:
    """Columns of the white space that `line` begins with."""
    return len(line[: len(line) - len(line.lstrip())].expandtabs(TAB_WIDTH))
