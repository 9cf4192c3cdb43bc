"""What the filters look at around the cursor: never more than some thousand characters."""

import re
from collections import Counter
from functools import cached_property
from itertools import pairwise

import msgspec

from understudy_lsp.hole.hole import Hole
from understudy_lsp.hole.languages import Language, language
from understudy_lsp.hole.place import Place
from understudy_lsp.snapshot import Indent, Snapshot
from understudy_protocol.completion import Mode

ABOVE = 4_000
"""Characters before the cursor that are looked at: what models mostly copy from, about a hundred
lines. More would cost time with every key and find little."""

BELOW = 2_000
"""Characters after the cursor: overlaps with farther text are none that a person sees."""

NEAR = 40
"""Lines on each side that tell how the document is indented; a hundred cost 3 ms a suggestion."""


class Surroundings(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """The neighbourhood of a cursor. Line breaks are `\\n` here, whatever the document has."""

    language: str
    row: Language
    mode: Mode
    place: Place
    indent: Indent
    """What the editor says; `habit` is what the document does."""
    prefix: str
    """Up to the cursor; begins at a line's start unless the cursor's own line is too long."""
    suffix: str
    from_start: bool
    """The prefix is all there is before the cursor."""
    line_break: str
    """As it is written in this part of the document."""

    @cached_property
    def before(self) -> str:
        """The cursor's line, up to the cursor."""
        return self.prefix[self.prefix.rfind("\n") + 1 :]

    @cached_property
    def after(self) -> str:
        """The cursor's line from the cursor on."""
        return self.suffix.partition("\n")[0]

    @cached_property
    def above(self) -> list[str]:
        """Lines above the cursor's that are not blank, the nearest last."""
        return [line for line in self.prefix.split("\n")[:-1] if line.strip()]

    @cached_property
    def below(self) -> list[str]:
        """Lines below the cursor's that are not blank, the nearest first."""
        return [line for line in self.suffix.split("\n")[1:] if line.strip()]

    @cached_property
    def column(self) -> int:
        """Columns by which the cursor's line is indented."""
        return self.width(self.before)

    def width(self, line: str) -> int:
        """Columns by which a line is indented."""
        blanks = line[: len(line) - len(line.lstrip())]
        return len(blanks.expandtabs(self.indent.size)) if "\t" in blanks else len(blanks)

    def opens_block(self, line: str) -> bool:
        """Whether what follows the line is indented one level deeper, as far as one line tells."""
        return re.search(self.row.opens, line) is not None

    @cached_property
    def habit(self) -> Indent:
        """How the lines around are indented. They know better than an editor that says nothing:
        the nearest indented line decides for tabs or spaces, the usual step for the size."""
        if self.language in TABBED:
            return Indent(size=self.indent.size, spaces=False)
        indented = (line for line in [*self._lines[::-1], *self.below] if line[:1] in (" ", "\t"))
        nearest = next(indented, self.indent.unit)
        if nearest.startswith("\t"):
            return Indent(size=self.indent.size, spaces=False)
        steps = Counter(
            self.width(inner) - self.width(outer)
            for lines in (self._lines[-NEAR:], self.below[:NEAR])
            for outer, inner in pairwise(lines)
            if self.opens_block(outer)
        )
        steps = Counter({step: times for step, times in steps.items() if 1 < step <= 8})
        size = steps.most_common(1)[0][0] if steps else self.indent.size
        return Indent(size=size, spaces=True)

    @property
    def _lines(self) -> list[str]:
        return [*self.above, self.before] if self.before else self.above


TABBED = frozenset({"makefile"})
"""Languages in which a level can only be a tab."""


def look(snapshot: Snapshot, hole: Hole) -> Surroundings:
    """The neighbourhood of the snapshot's cursor."""
    text, offset = snapshot.text, snapshot.offset
    start = max(0, offset - ABOVE)
    prefix = text[start:offset]
    suffix = text[offset : offset + BELOW]
    if start:
        # The first line is cut somewhere: what is left of it would look like a line.
        prefix = prefix[prefix.find("\n") + 1 :]
    return Surroundings(
        language=snapshot.language,
        row=language(snapshot.language),
        mode=hole.mode,
        place=hole.place,
        indent=snapshot.indent,
        prefix=plain(prefix),
        suffix=plain(suffix),
        from_start=start == 0,
        line_break=_line_break(suffix) or _line_break(prefix) or "\n",
    )


def plain(text: str) -> str:
    """The text with every line break as `\\n`."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _line_break(text: str) -> str | None:
    found = re.search(r"\r\n|\n|\r", text)
    return found.group() if found else None
