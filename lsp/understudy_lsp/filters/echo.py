"""Answers that say again what stands beside the cursor."""

import re

from understudy_lsp.filters.surroundings import Surroundings

DEFINITION_LINES = 3
"""Lines of a definition that is a copy wherever it stands. Overloads share the first."""

SIGNIFICANT = 3
"""Letters of a line that says enough to be a copy of another; `}`, `0,` or `<td></td>` does not."""

END_WORDS = frozenset({"end", "fi", "done", "esac", "end;", "endif", "end if;"})
"""Lines that close a block as a bracket would. Brackets have a filter of their own."""

_SIGNIFICANT = re.compile(rf"(?:[^\W\d_][\W\d_]*+){{{SIGNIFICANT}}}")
_TAG = re.compile(r"</?[\w:-]+[^<>]*>")
_DEFINITION = re.compile(r"\b(def|class|func|fn|fun|function|interface|trait)\s+\w")


def before_suffix(lines: list[str], around: Surroundings) -> list[str]:
    """The lines before the one that stands below the cursor already."""
    if not around.below:
        return lines
    following = around.below[0]
    text, width = following.strip(), around.width(following)
    if not _says_something(text) and text not in END_WORDS:
        return lines
    siblings = False  # whether a line could have opened the block that `end` closes
    for i, line in enumerate(lines):
        if i == 0 and around.after.strip():
            continue
        whole = line if i else around.before + line
        same = around.width(whole) == width
        copied = same and whole.strip() == text and not (siblings and text in END_WORDS)
        if copied and not _goes_its_own_way(lines[i + 1 :], around):
            return lines[:i]
        begins = i > 0 or not around.before.strip()
        siblings = siblings or (same and begins and bool(line.strip()))
    return lines


def _goes_its_own_way(lines: list[str], around: Surroundings) -> bool:
    """Whether, after a line that stands below as well, something else comes: what opens a block,
    such as `const (`, often does so twice in a row."""
    opens = around.below[0].rstrip()[-1:] in ("{", "(", "[", ":")
    following = [line.strip() for line in lines if line.strip()][:1]
    return opens and following not in ([], [line.strip() for line in around.below[1:2]])


def copies_above(lines: list[str], around: Surroundings) -> bool:
    """Whether the lines, all of them, are what stands right above the cursor, or a definition that
    stands farther above. Other code may come again: the handling of an error, the steps of tests.
    """
    copy = [line for line in (around.before + lines[0], *lines[1:]) if line.strip()]
    if not any(map(_says_something, copy)):
        return False
    size, above = len(copy), around.above
    if above[-size:] == copy:
        return True
    if size < DEFINITION_LINES or not _DEFINITION.search(copy[0]):
        return False
    return any(above[i : i + size] == copy for i, line in enumerate(above) if line == copy[0])


def _says_something(line: str) -> bool:
    return _SIGNIFICANT.search(_TAG.sub("", line)) is not None
