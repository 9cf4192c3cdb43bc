"""Where an answer leaves the part of the document that it is for."""

import re

from understudy_lsp.filters.surroundings import Surroundings
from understudy_protocol.completion import Mode

_CLOSER = re.compile(r"[)\]}]|(end|fi|done|esac)\b")
_WORD = re.compile(r"\w")


def within_line(lines: list[str], around: Surroundings) -> list[str]:
    """One line, where one is asked for, or where code stands right of the cursor: an answer that
    breaks off in the middle of a line leaves the rest of it somewhere strange. Blank lines at the
    beginning are let through, because the rest of an earlier answer begins with a line break."""
    if _WORD.search(around.after):
        return lines[:1]
    if around.mode is Mode.LINE:
        first = next((i for i, line in enumerate(lines) if line.strip()), 0)
        return lines[: first + 1]
    return lines


def within_scope(lines: list[str], around: Surroundings) -> list[str]:
    """A block as long as its lines are indented like it.

    After code the block is what is indented deeper than the cursor's line, and the line that closes
    it; on a blank line it is what is indented as deep as the cursor. At the left margin a blank
    line ends it. The gateway cuts in the same way while it streams; this is for text that comes
    from elsewhere and for a cursor that has moved on.
    """
    if around.mode is not Mode.BLOCK:
        return lines
    after_code = bool(around.before.strip())
    for i, line in enumerate(lines):
        if i == 0 or not line.strip():
            continue
        width, text = around.width(line), line.strip()
        if after_code and width == around.column and _CLOSER.match(text):
            if text[-1] in "{([:":
                continue  # `} else {`
            return lines[: i + 1]
        if width < around.column or (after_code and width == around.column):
            return lines[:i]
        if width == around.column == 0 and not lines[i - 1].strip() and _any(lines[:i]):
            return lines[:i]
    return lines


def _any(lines: list[str]) -> bool:
    return any(line.strip() for line in lines)
