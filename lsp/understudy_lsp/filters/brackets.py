"""Finding brackets: those of code, not of strings and comments, without a grammar.

Answers are often half a statement, which a grammar reads as errors; and what is asked here is asked
for every line that streams in. So this is a scanner of one regular expression for each language.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from understudy_lsp.filters.surroundings import Surroundings
from understudy_lsp.hole.languages import language
from understudy_lsp.hole.place import Place

UNBRACKETED = frozenset(
    {"markdown", "plaintext", "html", "xml", "yaml", "latex", "restructuredtext"}
    | {"shellscript", "sh", "bash"}  # `case` closes what nobody opened
)
"""Languages whose brackets need not come in pairs."""

OPENING = {")": "(", "]": "[", "}": "{"}


def brackets(text: str, name: str, *, start: int = 0) -> Iterator[tuple[int, str]]:
    """Position and character of every bracket and line break in code, from `start` on; `name` is
    the LSP language id."""
    for found in _scanner(name).finditer(text, start):
        if found.lastgroup == "code":
            yield found.start(), found.group()


def open_quote(around: Surroundings) -> int | None:
    """Where in the cursor's line the string begins that the cursor is in; None if there is none or
    it begins on another line."""
    if around.place is not Place.STRING:
        return None
    found = (m for m in _scanner(around.language).finditer(around.before) if m.lastgroup == "quote")
    return next((quote.start() for quote in found), None)


def after_quote(text: str, quote: str) -> int | None:
    """Where a string that goes on at the beginning of `text` has ended; None if it does not."""
    found = re.match(rf"(?:\\.|[^{quote}\\\n])*{quote}", text)
    return found.end() if found else None


@lru_cache
def _scanner(name: str) -> re.Pattern[str]:
    row = language(name)
    skipped = [rf"{fence}(?:\\.|[^\\])*?{fence}" for fence in map(re.escape, row.fences)]
    if row.line_comment:
        skipped.append(rf"{re.escape(row.line_comment)}[^\n]*")
    if row.line_comment in ("", "//"):
        skipped.append(r"/\*(?:[^*]|\*(?!/))*(?:\*/)?")
    skipped += [rf"{quote}(?:\\.|[^{quote}\\\n])*{quote}" for quote in row.quotes]
    skipped.append(r"'(?:\\[^'\n]+|[^'\\\n])'")  # a character, where `'` may stand alone as well
    skips = "|".join(f"(?:{pattern})" for pattern in skipped)
    return re.compile(rf"{skips}|(?P<quote>[\"'`])|(?P<code>[()\[\]{{}}\n])")
