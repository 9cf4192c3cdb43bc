"""A document and a cursor at one moment: what a request works on after its first `await`.

Offsets are code points of `text`, as Python counts; only `features/` and `document` know how an
editor counts. A snapshot holds the whole text, so cut before you copy.
"""

import msgspec


class Indent(msgspec.Struct, frozen=True):
    """How the editor indents."""

    size: int = 4
    """Columns of one level."""
    spaces: bool = True
    """False: one level is one tab."""

    @property
    def unit(self) -> str:
        return " " * self.size if self.spaces else "\t"


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    uri: str
    path: str
    """Relative to the repository's root, with forward slashes; of a file outside it, its name."""
    language: str
    """LSP language id, such as `python`."""
    version: int
    text: str
    offset: int
    """The cursor."""
    indent: Indent = Indent()

    @property
    def prefix(self) -> str:
        return self.text[: self.offset]

    @property
    def suffix(self) -> str:
        return self.text[self.offset :]

    @property
    def line_start(self) -> int:
        """Offset of the first character of the cursor's line."""
        return last_line_end(self.text, self.offset)

    @property
    def line_end(self) -> int:
        """Offset of the line break that ends the cursor's line, or of the end of the text."""
        return next_line_end(self.text, self.offset)

    @property
    def before(self) -> str:
        """The cursor's line, up to the cursor."""
        return self.text[self.line_start : self.offset]

    @property
    def after(self) -> str:
        """The cursor's line from the cursor on, without its line break."""
        return self.text[self.offset : self.line_end]


class Edit(msgspec.Struct, frozen=True):
    """One replacement, in code points of the text before it."""

    start: int
    removed: str
    inserted: str


def last_line_end(text: str, offset: int) -> int:
    """Where the line at `offset` begins: after the nearest `\\n` or `\\r` before it."""
    newline = text.rfind("\n", 0, offset)
    return max(newline, text.rfind("\r", newline + 1, offset)) + 1


def next_line_end(text: str, offset: int) -> int:
    """Where the line at `offset` ends: at the nearest `\\n` or `\\r` from there on."""
    newline = text.find("\n", offset)
    end = len(text) if newline < 0 else newline
    carriage = text.find("\r", offset, end)
    return end if carriage < 0 else carriage
