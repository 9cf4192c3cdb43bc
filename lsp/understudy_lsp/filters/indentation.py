"""An answer's indentation: that of the document, whatever the model is used to."""

import re

from understudy_lsp.filters.surroundings import Surroundings
from understudy_lsp.hole.place import Place

OUTLINES = frozenset(
    {"yaml", "markdown", "html", "xml", "vue", "svelte", "sql", "haml", "plaintext"}
)
"""Languages in which a line does not tell how deep the next may be, and steps are not all alike."""

_CONTINUES = re.compile(r"([,({\[+\-*/%&|=<>?\\.]|\b(and|or|not|in|is|return|then|do|else))\s*$")
_NO_BLANK_AFTER = re.compile(r"[\w)\]]\.$")


def indented(lines: list[str], around: Surroundings) -> list[str]:
    """The lines with blanks at their beginning as this document has them."""
    if around.place is not Place.CODE:
        return [_first_of_prose(lines[0], around), *lines[1:]]
    if around.before.strip():
        first, excess = _after_code(lines[0], around), 0
    else:
        lines = _from_first_visible(lines, around)
        first, excess = _at_margin(lines[0], around)
    return [first, *_following([first, *lines[1:]], around, excess=excess)]


def _first_of_prose(line: str, around: Surroundings) -> str:
    blanks = line[: len(line) - len(line.lstrip())]
    return line.lstrip() if blanks == around.before else line


def _after_code(line: str, around: Surroundings) -> str:
    """A blank is written once: models begin a word with the blank before it, and often it has been
    typed already."""
    if around.before[-1] in " \t" or _NO_BLANK_AFTER.search(around.before):
        return line.lstrip(" \t")
    return line


def _from_first_visible(lines: list[str], around: Surroundings) -> list[str]:
    """Where the cursor's line is indented it is for the first line of the answer; an empty line
    above that would leave blanks behind."""
    if not around.before:
        return lines
    first = next((i for i, line in enumerate(lines) if line.strip()), 0)
    if first == 0:
        return lines
    missing = max(0, around.width(lines[first]) - around.column)
    return [" " * missing + lines[first].lstrip(), *lines[first + 1 :]]


def _at_margin(line: str, around: Surroundings) -> tuple[str, int]:
    """The first line of an answer for a blank line, and by how many columns it was off."""
    extra = around.width(line)
    if not extra or not line.strip():
        return line, 0
    depth = _depth(extra, around)
    return _blanks(depth, around, start=around.column) + line.lstrip(), (
        around.column + extra - depth
    )


def _depth(extra: int, around: Surroundings) -> int:
    """How deep the first line should stand if the model puts it `extra` columns right of the
    cursor: as it says as far as that makes sense, in whole levels."""
    size, column = around.habit.size, around.column
    above = around.above[-1] if around.above else ""
    if around.language in OUTLINES:
        even = extra - extra % 2
        return column if even == column else column + even
    opens = around.opens_block(above)
    if not opens and _CONTINUES.search(above):
        return column + extra
    deepest = around.width(above) + (size if opens else 0)
    if column >= deepest:
        return column
    depth = min(column + extra, deepest)
    return max(column, depth - (depth - deepest) % size)


def _following(lines: list[str], around: Surroundings, *, excess: int) -> list[str]:
    """The lines after the first. A line is counted from the cursor's line in the steps in which
    the model indents, which its first block tells, and written in the document's steps."""
    if len(lines) == 1:
        return []  # the habit is not for nothing
    habit = around.habit
    base = around.column
    step: int | None = None
    scales = around.language not in OUTLINES
    outer = around.before + lines[0]
    result: list[str] = []
    for line in lines[1:]:
        if not line.strip():
            result.append("")
            continue
        width = around.width(line)
        if excess % habit.size and width - base >= excess:
            width -= excess if (width - base - excess) % habit.size == 0 else 0
        if step is None and scales and around.opens_block(outer) and width > around.width(outer):
            step = width - around.width(outer)
        outer = " " * width + line.lstrip()
        if width > base and step and step != habit.size and step in (2, 4, 8):
            levels, rest = divmod(width - base, step)
            width = base + levels * habit.size + rest
        result.append(_blanks(width, around, start=0) + line.lstrip())
    return result


def _blanks(width: int, around: Surroundings, *, start: int) -> str:
    """What brings a line from column `start` to column `width`."""
    if around.habit.spaces:
        return " " * (width - start)
    size = around.habit.size
    tabs = width // size - start // size
    return "\t" * tabs + " " * (width % size if tabs else width - start)
