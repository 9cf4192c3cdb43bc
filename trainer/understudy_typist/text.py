"""The text of an open document, counted as editors count: in lines, and UTF-16 code units."""

import re
from bisect import bisect_right

_BREAK = re.compile(r"\r\n|\r|\n")


class Text:
    def __init__(self, text: str) -> None:
        self.whole = text
        self._starts: list[int] | None = None

    def replace(self, start: int, end: int, inserted: str) -> None:
        self.whole = self.whole[:start] + inserted + self.whole[end:]
        self._starts = None

    def position(self, offset: int) -> dict[str, int]:
        """Line and character of an offset in characters."""
        starts = self._line_starts()
        line = bisect_right(starts, offset) - 1
        return {"line": line, "character": units(self.whole[starts[line] : offset])}

    def offset(self, position: dict[str, int]) -> int:
        starts = self._line_starts()
        offset, left = starts[position["line"]], position["character"]
        while left > 0 and offset < len(self.whole):
            left -= units(self.whole[offset])
            offset += 1
        return offset

    def _line_starts(self) -> list[int]:
        if self._starts is None:
            self._starts = [0, *(match.end() for match in _BREAK.finditer(self.whole))]
        return self._starts


def units(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2
