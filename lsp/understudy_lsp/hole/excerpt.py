"""The part of a document that is parsed.

A parser that reuses its last tree still looks at every statement of a file: measured with
tree-sitter 0.26, one key costs 2 to 7 ms in 10,000 lines of Python. So of a longer document only a
window around the cursor is parsed, and what it stands in is put around it: the headers of the
scopes above it, as editors with sticky lines show them, and the brackets that these left open.

While somebody types, the window stays where it is, so that the tree of the key before can be
reused. It moves when the cursor enters another block of text, or something changes outside it.
"""

import re

import msgspec

from understudy_lsp.hole.languages import Language
from understudy_lsp.hole.lines import width
from understudy_lsp.snapshot import last_line_end, next_line_end

WHOLE = 16_000
"""Characters up to which a document is parsed whole: about 450 lines, 2 ms for a first tree."""

STEP = 2_000
"""Characters of a block: while the cursor stays in it, the window stays as well."""

ABOVE, BELOW = 3_000, 1_500
"""Characters of the window above and below the block, at least: names are looked for no farther
(`names`), and each thousand more costs 0.01 ms a key, or 0.03 ms where caches are cold."""

SEARCH = 4_000
"""Characters in which a good place to begin or end is looked for."""

REACH = 200_000
"""Characters above the window in which its headers are looked for: 0.5 ms."""

LARGEST_TEXT = 2_000_000
"""Characters of a document above which nothing is parsed: it was not written by hand."""

LARGEST = WHOLE + ABOVE + STEP + BELOW + 2 * SEARCH
"""Characters of an excerpt above which it is not parsed: its headers are no headers."""

_BOUNDARY = re.compile(r"(?<=\n)[^\S\n]*\r?\n(?=[^\s)\]}])")
"""The blank line above something that stands at the left margin."""

_CONTINUES = re.compile(r"\s*([)\]}]|(end|else|elif|elsif|except|finally|rescue|catch)\b)")
"""A line that belongs together with an earlier one of the same indentation."""

_PAIRS = {"(": ")", "[": "]", "{": "}"}


class Part(msgspec.Struct, frozen=True):
    """A piece of the document in the excerpt."""

    at: int
    """Offset in the excerpt."""
    start: int
    """Offset in the document."""
    length: int


class Excerpt(msgspec.Struct, frozen=True):
    text: str
    parts: tuple[Part, ...]
    """In order; the last one is the window."""

    @property
    def window(self) -> Part:
        return self.parts[-1]

    def to_document(self, offset: int) -> int:
        """The offset in the document of an offset in the excerpt, or the nearest one."""
        for part in reversed(self.parts):
            if offset >= part.at:
                return part.start + min(offset - part.at, part.length)
        return 0


class Frame(msgspec.Struct, frozen=True):
    """Where the window of a long document is, and what was found out about the rest of it."""

    block: int
    above: str
    """The document above the block before the cursor's."""
    below: str
    """The document below the window."""
    start: int
    """Where the window begins."""
    headers: tuple[tuple[int, int], ...]
    """Spans of the lines that open the scopes in which the window begins."""
    closing: str
    """What closes the scopes in which the window ends."""

    def fits(self, text: str, block: int) -> bool:
        is_same = block == self.block and text.startswith(self.above) and text.endswith(self.below)
        return is_same and self.start < len(text) - len(self.below) <= self.start + LARGEST


def frame(text: str, offset: int, *, language: Language, last: Frame | None) -> Frame | None:
    """The frame around the cursor, which is the `last` one while only the window changes; None for
    a document that is parsed whole."""
    if not WHOLE < len(text) <= LARGEST_TEXT:
        return None
    block = offset // STEP * STEP
    if last is not None and last.fits(text, block):
        return last
    top = max(0, block - ABOVE)
    start = _beginning(text, top, language=language)
    end = _ending(text, min(len(text), block + STEP + BELOW))
    return Frame(
        block=block,
        above=text[:top],
        below=text[end:],
        start=start,
        headers=tuple(_headers(text, start)),
        closing="".join(_closers(text[first:last]) for first, last in _headers(text, end)[::-1]),
    )


def excerpt(text: str, around: Frame | None, *, language: Language) -> Excerpt | None:
    """What of `text` is parsed; None if nothing had better be."""
    if len(text) <= WHOLE:
        return Excerpt(text, (Part(0, 0, len(text)),))
    if around is None:
        return None
    start, end = around.start, len(text) - len(around.below)
    if any(0 < cut < len(text) and text[cut - 1] not in "\r\n" for cut in (start, end)):
        return None
    pieces: list[str] = [language.prelude] if start else []
    parts: list[Part] = []
    at = len(language.prelude) if start else 0
    for first, last in (*around.headers, (start, end)):
        parts.append(Part(at, first, last - first))
        pieces.append(text[first:last])
        at += last - first
    return Excerpt("".join(pieces) + around.closing, tuple(parts)) if at <= LARGEST else None


def _beginning(text: str, offset: int, *, language: Language) -> int:
    """The start of a line near `offset` at which a parser can begin."""
    if offset == 0:
        return 0
    near = max(0, offset - SEARCH)
    boundary = near
    for match in _BOUNDARY.finditer(text, near, offset):
        boundary = match.end()
    start = boundary if boundary > near else _shallowest(text, near, offset)
    for fence in language.fences:
        if text.count(fence, 0, start) % 2:
            start = min(start, last_line_end(text, text.rfind(fence, 0, start)))
    comment = text.rfind("/*", near, start)
    if comment >= 0 and text.find("*/", comment, start) < 0:
        start = last_line_end(text, comment)
    return start


def _ending(text: str, offset: int) -> int:
    """The start of a line near `offset` before which a parser can stop."""
    far = min(len(text), offset + SEARCH)
    if far == len(text):
        return far
    boundary = _BOUNDARY.search(text, offset, far)
    return boundary.end() if boundary else _shallowest(text, offset, far)


def _shallowest(text: str, start: int, end: int) -> int:
    """The start of the line with the least indentation that begins between `start` and `end`."""
    best, least = start, 1_000
    position = next_line_end(text, start) + 1
    while position < end:
        line_end = next_line_end(text, position)
        line = text[position : min(line_end, position + 1_000)]
        if line.strip() and width(line) < least and not _CONTINUES.match(line):
            best, least = position, width(line)
        position = line_end + 1
    return best


def _headers(text: str, start: int) -> list[tuple[int, int]]:
    """The lines above `start` that open the scopes it is in, outermost first, as spans with their
    line breaks."""
    indent = width(text[start : next_line_end(text, start)][:1_000])
    spans: list[tuple[int, int]] = []
    end = start
    for line in reversed(text[max(0, start - REACH) : start].split("\n")[:-1]):
        first = end - len(line) - 1
        # Most lines are deeper, and this is the fastest way to see it.
        if not line[:indent].isspace() and line.strip() and width(line) < indent:
            spans.append((first, end))
            # The line that it continues has the same indentation, and must be found too.
            indent = width(line) + (1 if _CONTINUES.match(line) else 0)
        if indent == 0:
            break
        end = first
    return spans[::-1]


def _closers(header: str) -> str:
    """Closes what a header line left open."""
    left = [_PAIRS[c] for c in header if c in _PAIRS]
    closed = sum(header.count(c) for c in _PAIRS.values())
    return "".join(reversed(left[: max(0, len(left) - closed)])) + "\n" if left else ""
