"""Private keys in PEM, also where only the beginning or the end of one is in view."""

import re
from collections.abc import Iterator

from understudy_secrets.span import REDACTED, Secret

KIND = "Private Key"

_MARK = re.compile(
    r"(?:-----|---- )(BEGIN|END) [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?(?:-----| ----)"
)

# A line of a key, in a file or in a string literal. Code has hardly any word as long as this.
_LINE = re.compile(r"[A-Za-z0-9+/]{40,}={0,2}")

_LINES = re.compile(r"^(?:[A-Za-z0-9+/]{64}|[A-Za-z0-9+/]{70}|[A-Za-z0-9+/]{76})$", re.MULTILINE)

_HEADERS = 200
"""Characters between the mark and the first line, such as `Proc-Type` and `DEK-Info`."""

_BETWEEN = 24
"""Characters between two lines: a newline, indentation, quotes."""

_TAIL = 120
"""Characters of the last line, which is shorter, and what is around it."""

_TAKEN_OUT = re.compile(rf"(?:\\[nr]|[\s\"'])*{re.escape(REDACTED)}")

_CUT_LINE = re.compile(r"(?:\\[nr]|[\s\"'])*[A-Za-z0-9+/=]*")


def private_keys(text: str) -> Iterator[Secret]:
    """What is between the marks; the marks stay. In linear time."""
    yield from _whole_lines(text)
    marks = list(_MARK.finditer(text))
    for number, mark in enumerate(marks):
        before = marks[number - 1].end() if number > 0 else 0
        after = marks[number + 1].start() if number + 1 < len(marks) else len(text)
        if mark[1] == "BEGIN":
            end = _forward(text, mark.end(), after)
            if end > mark.end():
                yield Secret(mark.end(), end, KIND)
        elif number == 0 or marks[number - 1][1] == "END":
            start = _backward(text, before, mark.start())
            if start < mark.start():
                yield Secret(start, mark.start(), KIND)


def _forward(text: str, start: int, limit: int) -> int:
    if _TAKEN_OUT.match(text, start):
        return start
    end, gap = start, _HEADERS
    for line in _LINE.finditer(text, start, limit):
        if line.start() - end > gap:
            break
        end, gap = line.end(), _BETWEEN
    if limit < len(text) and limit - end <= _TAIL:
        return limit
    cut = _CUT_LINE.match(text, end, limit)
    return cut.end() if cut and end > start else end


def _backward(text: str, limit: int, end: int) -> int:
    if text.endswith(f"{REDACTED}{KIND}]", limit, end):
        return end
    start, gap = end, _TAIL
    for line in reversed(list(_LINE.finditer(text, limit, end))):
        if start - line.end() > gap:
            return start
        start, gap = line.start(), _BETWEEN
    # The text may begin in the middle of a line of the key.
    return limit if start - limit <= _TAIL else start


def _whole_lines(text: str) -> Iterator[Secret]:
    """Three lines and more of the length that keys are written in, with no mark in view."""
    run: list[re.Match[str]] = []
    for line in _LINES.finditer(text):
        if run and line.start() != run[-1].end() + 1:
            yield from _as_key(run)
            run = []
        run.append(line)
    yield from _as_key(run)


def _as_key(run: list[re.Match[str]]) -> Iterator[Secret]:
    # A list of SHA-256 sums has lines of 64 too, all in small letters.
    if len(run) >= 3 and any(character.isupper() for character in run[0][0]):
        yield Secret(run[0].start(), run[-1].end(), KIND)
