"""An open document: what the client's `didChange` made of its text, and how it counts."""

from enum import StrEnum

import msgspec

from understudy_lsp.lines import Lines
from understudy_lsp.snapshot import Edit, Indent


class Encoding(StrEnum):
    """What a client counts columns in."""

    UTF8 = "utf-8"
    UTF16 = "utf-16"
    UTF32 = "utf-32"


class Position(msgspec.Struct, frozen=True):
    """As a client says it: line from 0, column in its own units."""

    line: int
    character: int


class Document:
    """The text follows the client's edits; positions out of range are brought to the nearest place
    that exists, as the protocol asks."""

    def __init__(
        self, uri: str, text: str, *, language: str, version: int, encoding: Encoding
    ) -> None:
        self.uri = uri
        self.language = language
        self.version = version
        self.indent = Indent()
        self._encoding = encoding
        self._lines = Lines(text)
        self._text: str | None = text

    @property
    def text(self) -> str:
        if self._text is None:
            self._text = self._lines.text()
        return self._text

    def replace(self, start: Position, end: Position, inserted: str) -> Edit:
        """One change of a `didChange`."""
        first, last = self._place(start), self._place(end)
        if last < first:
            first, last = last, first
        offset = self._lines.offset(first[0]) + first[1]
        removed = self._lines.replace(first, last, inserted)
        self._text = None
        return Edit(offset, removed, inserted)

    def replace_all(self, text: str) -> Edit:
        """A change that gives the whole text; the edit is what really differs."""
        old = self.text
        self._lines, self._text = Lines(text), text
        start = _common_start(old, text)
        end = _common_end(old[start:], text[start:])
        return Edit(start, old[start : len(old) - end], text[start : len(text) - end])

    def offset(self, position: Position) -> int:
        line, column = self._place(position)
        return self._lines.offset(line) + column

    def position(self, offset: int) -> Position:
        line, column = self._lines.place(max(offset, 0))
        return Position(line, units(self._lines.line(line)[:column], self._encoding))

    def line(self, offset: int) -> int:
        """The number, from 0, of the line at an offset that exists."""
        return self._lines.place(offset)[0]

    def _place(self, position: Position) -> tuple[int, int]:
        """Line and column in code points."""
        if position.line < 0:
            return 0, 0
        try:
            line = self._lines.line(position.line)
        except IndexError:
            last = self._lines.count - 1
            return last, len(self._lines.line(last))
        body = line.rstrip("\r\n")
        return position.line, column_of(body, position.character, self._encoding)


def units(text: str, encoding: Encoding) -> int:
    """How many of the encoding's units `text` is long."""
    if encoding is Encoding.UTF32 or text.isascii():
        return len(text)
    return sum(_width(character, encoding) for character in text)


def column_of(line: str, count: int, encoding: Encoding) -> int:
    """Index of the character at which `count` units have passed; within a character its start."""
    if encoding is Encoding.UTF32 or line.isascii():
        return min(max(count, 0), len(line))
    passed = 0
    for index, character in enumerate(line):
        passed += _width(character, encoding)
        if passed > count:
            return index
    return len(line)


def _width(character: str, encoding: Encoding) -> int:
    point = ord(character)
    if encoding is Encoding.UTF16:
        return 2 if point > 0xFFFF else 1
    return 1 if point < 0x80 else 2 if point < 0x800 else 3 if point < 0x10000 else 4


def _common_start(one: str, other: str) -> int:
    """Length of the longest common beginning, by halving: comparing slices runs at the speed of
    memory."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _common_end(one: str, other: str) -> int:
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        mine = one[len(one) - middle : len(one) - low]
        if mine == other[len(other) - middle : len(other) - low]:
            low = middle
        else:
            high = middle - 1
    return low
