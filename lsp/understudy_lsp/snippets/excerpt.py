"""Excerpts: whole lines, short, and nothing that the prompt holds already."""

import msgspec

from understudy_lsp.snapshot import Snapshot, last_line_end, next_line_end
from understudy_protocol.completion import Snippet

SEEN_BEFORE = 4_000
SEEN_AFTER = 2_000
"""Characters of the document that the model sees by itself: about 1,200 and 600 tokens, what the
gateway's usual budget leaves for them."""

LONGEST = 1_200
"""Characters of a snippet, 350 tokens: ten of them fill the room of a large budget."""

SHORT = 8
"""A line that is no longer says nothing by being the same: a bracket, `else:`, `return`."""

SAME = 0.5
"""Share of an excerpt's lines in view above which it tells nothing new."""


class Excerpt(msgspec.Struct, frozen=True):
    snippet: Snippet
    why: str
    """For people: completes "it was taken because it …"."""


class View(msgspec.Struct, frozen=True):
    """What the model sees of the document without snippets."""

    path: str
    start: int
    end: int
    lines: frozenset[str]
    """Without indentation."""

    @classmethod
    def of(cls, snapshot: Snapshot) -> "View":
        text = snapshot.text
        start = last_line_end(text, max(0, snapshot.offset - SEEN_BEFORE))
        end = next_line_end(text, min(len(text), snapshot.offset + SEEN_AFTER))
        return cls(snapshot.path, start, end, frozenset(_telling(text[start:end])))

    def tells(self, text: str) -> bool:
        """Whether `text` has something that is not in view."""
        lines = _telling(text)
        return sum(line in self.lines for line in lines) < SAME * len(lines)

    def excerpt(self, path: str, text: str, *, line: int, why: str, stable: bool) -> Excerpt | None:
        """Of `text`, which begins at `line` of the file; None if it tells nothing new."""
        if len(text) > LONGEST:
            text = text[: max(text.rfind("\n", 0, LONGEST), 0)]
        if not self.tells(text):
            return None
        return Excerpt(Snippet(path=path, text=text, start_line=line, stable=stable), why)


def around(text: str, offset: int, *, above: int, below: int) -> tuple[int, int]:
    """Where the line at `offset` with so many lines above and below begins and ends."""
    start = last_line_end(text, offset)
    end = next_line_end(text, offset)
    for _ in range(above):
        start = last_line_end(text, max(0, start - 1))
    for _ in range(below):
        end = next_line_end(text, min(len(text), end + 1))
    return start, end


def _telling(text: str) -> list[str]:
    return [line for line in map(str.strip, text.splitlines()) if len(line) > SHORT]
