"""Places by lines, in a text for whose language there is no grammar."""

import re
from collections.abc import Iterator

import msgspec

_PAUSE = re.compile(r"[(\[.,=] ?")
COMMENT = ("#", "//", "*", "/*", "--")
"""What begins a line that is one, in most languages."""


class Line(msgspec.Struct, frozen=True):
    """`text[start:end]` is a line without its indentation, or the rest of one from where people
    pause."""

    kind: str
    """`line` or `rest_of_line`."""
    start: int
    end: int


def places_by_line(text: str) -> Iterator[Line]:
    """Of all that are no comments; a rest may be empty."""
    at = 0
    for line in text.split("\n"):
        code = line.strip()
        if code and not code.startswith(COMMENT):
            end = at + len(line.rstrip())
            start = at + len(line) - len(line.lstrip())
            yield Line("line", start, end)
            for pause in _PAUSE.finditer(text, start, end):
                yield Line("rest_of_line", pause.end(), end)
        at += len(line) + 1
