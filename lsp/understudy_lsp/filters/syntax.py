"""New syntax errors: a broken answer is cut back to the last line up to which it is sound."""

from collections.abc import Iterator
from itertools import islice

from understudy_lsp.filters.closing import closing
from understudy_lsp.filters.fit import fit
from understudy_lsp.filters.surroundings import Surroundings
from understudy_lsp.filters.verdict import Hidden, Hide, Show, Verdict
from understudy_lsp.hole.place import Place
from understudy_lsp.hole.syntax_errors import insertion_errors
from understudy_lsp.hole.tree import Tree
from understudy_lsp.snapshot import Snapshot

LENIENT = frozenset({"html", "markdown", "sql"})
"""Languages whose grammars do not know the templates and dialects that are written in them."""

TRIES = 4
"""Beginnings that are parsed: to parse broken text may take 2 ms."""

REACH = 12
"""Lines by which an answer is shortened at most: what is broken before that has little to offer."""


def soundest(
    lines: list[str],
    snapshot: Snapshot,
    *,
    around: Surroundings,
    tree: Tree | None,
    complete: bool,
) -> Verdict:
    """The whole answer if it adds no syntax error, even where more must follow it; else the longest
    beginning that is sound by itself.

    While the engine still writes, an answer of which no beginning is sound by itself, such as a
    loop whose end has not arrived, is shown as it is: in the end it will be longer, or hidden.
    """
    whole = fit(lines, around)
    if tree is None or isinstance(whole, Hide) or not _can_tell(around):
        return whole

    def sound(text: str, replaces: int) -> bool:
        return insertion_errors(snapshot, tree, text, replaces=replaces) <= 0

    if complete:
        if sound(whole.text, whole.replaces):
            return whole
        ended = closing(whole.text, around)
        if ended != whole.text and sound(ended, whole.replaces):
            return whole
    for show in islice(_beginnings(lines, around), TRIES):
        known = complete and show == whole
        if not known and sound(show.text, show.replaces):
            return show
    return Hide(Hidden.SYNTAX) if complete else whole


def _beginnings(lines: list[str], around: Surroundings) -> Iterator[Show]:
    """Fewer and fewer of the lines, as far as nothing seems to be missing at their end."""
    for end in range(len(lines), max(0, len(lines) - REACH), -1):
        show = fit(lines[:end], around) if lines[end - 1].strip() else None
        if isinstance(show, Show) and closing(show.text, around) == show.text:
            yield show


def _can_tell(around: Surroundings) -> bool:
    """Whether new errors are the answer's. Text that closes a string or a comment uncovers those
    that are in the code after it."""
    return around.place is Place.CODE and around.language not in LENIENT
