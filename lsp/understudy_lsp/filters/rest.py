"""The rest of the cursor's line, written out in the answer."""

import re

from understudy_lsp.filters.surroundings import Surroundings

SHORTEST = 3
"""Characters of a beginning of the line's rest that count as the same; less is chance."""

LONGEST = 200
"""Characters of the line's rest that are compared."""

_CLOSED_ANGLES = re.compile(r"(?<![-=<])>+")


def rest_in(text: str, around: Surroundings) -> int:
    """How many characters right of the cursor the first line of `text` ends with, or begins with;
    half words and brackets of its own do not count."""
    after = around.after.rstrip()[:LONGEST]
    first = text.partition("\n")[0]
    if len(after) >= SHORTEST and first.startswith(after):
        return len(after)
    for length in range(min(len(after), len(first)), 0, -1):
        if not first.endswith(after[:length]):
            continue
        enough = length >= min(SHORTEST, len(after)) or _CLOSED_ANGLES.fullmatch(after[:length])
        if enough and _at_borders(first, after, length) and _left_over(first, after[:length]):
            return length
    return 0


def _at_borders(first: str, after: str, length: int) -> bool:
    """Whether the overlap begins and ends where words do."""
    before = first[: len(first) - length]
    return not (_inside_word(before, after) or _inside_word(after[:length], after[length:]))


def _inside_word(left: str, right: str) -> bool:
    return bool(re.search(r"\w$", left) and re.match(r"\w", right))


def _left_over(first: str, overlap: str) -> bool:
    """Whether the brackets that the overlap closes are not opened in the text itself."""
    for opening, closing in ("()", "[]", "{}", "<>"):
        closed = overlap.count(closing) - overlap.count(opening)
        if closed > 0 and first.count(closing) - first.count(opening) < closed:
            return False
    return True
