"""The way of an answer through the filters.

Each filter cuts an answer or lets it pass, looking at nothing but the answer and the neighbourhood
of the cursor. All of them decide line by line, from the beginning: what they say of the first lines
does not change when more follow. That keeps two promises. What was shown of an answer while it grew
is the beginning of what is shown of it at the end, or the end shows nothing. And what has passed
passes again, unchanged: answers are kept and judged anew each time.
"""

from collections.abc import Callable

from understudy_lsp.filters.balance import balanced
from understudy_lsp.filters.echo import before_suffix
from understudy_lsp.filters.indentation import indented
from understudy_lsp.filters.repetition import without_loops, without_repeated_lines
from understudy_lsp.filters.scope import within_line, within_scope
from understudy_lsp.filters.scrub import scrub
from understudy_lsp.filters.surroundings import Surroundings, plain
from understudy_lsp.filters.syntax import soundest
from understudy_lsp.filters.verdict import Hidden, Hide, Verdict
from understudy_lsp.hole.tree import Tree
from understudy_lsp.snapshot import Snapshot

LONGEST_ANSWER = 20_000
"""Characters; what an engine is asked for is far below, so more is a fault."""

_CUTS: tuple[tuple[Callable[[list[str], Surroundings], list[str]], Hidden], ...] = (
    (within_line, Hidden.BLANK),
    (indented, Hidden.BLANK),
    (within_scope, Hidden.SCOPE),
    (balanced, Hidden.BRACKETS),
    (without_loops, Hidden.REPETITION),
    (before_suffix, Hidden.SUFFIX),
)


def judge(
    answer: str,
    *,
    snapshot: Snapshot,
    around: Surroundings,
    tree: Tree | None,
    complete: bool,
) -> Verdict:
    """What of `answer` to show at the snapshot's cursor.

    `around` is what `look` sees there. `complete` is False while the engine still writes: then only
    whole lines are looked at.
    """
    text = plain(answer[:LONGEST_ANSWER])
    if not text.strip():
        return Hide(Hidden.BLANK)
    if not complete:
        text = text[: text.rfind("\n") + 1].removesuffix("\n")
        if not text.strip():
            return Hide(Hidden.UNFINISHED)
    text = scrub(text, around)
    if not text.strip():
        return Hide(Hidden.CONTROL)
    lines = text.split("\n")
    for cut, reason in _CUTS:
        lines = cut(lines, around)
        if not any(line.strip() for line in lines):
            return Hide(reason)
    lines = without_repeated_lines(lines, around, complete=complete)
    return soundest(lines, snapshot, around=around, tree=tree, complete=complete)
