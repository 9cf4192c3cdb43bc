"""Answers that go round in circles: the commonest failure of small models."""

import re

from understudy_lsp.filters.surroundings import Surroundings

REPEATED_LINE = 4
"""One line that stands so often in a row is a loop. Continue stops at 3 and tabby-agent at 5; three
equal lines do occur in tables and tests."""

REPEATED_BLOCK = 3
"""The same for several lines in turn."""

LONGEST_PERIOD = 8
"""Lines of a block that is looked for."""

LOOPS = ((1, 10), (10, 30), (20, 45), (30, 60))
"""Tokens: a line ends in a loop if one of at most so many repeats for so long. From GitHub
Copilot's client."""

_TOKEN = re.compile(r"\w+|([^\w\s])\1*")


def without_repeated_lines(lines: list[str], around: Surroundings, *, complete: bool) -> list[str]:
    """The lines up to the second round of a loop.

    While the engine still writes, a second round may be the beginning of a loop: it is held back
    until that is known, so that nothing that was shown is taken away.
    """
    rounds = [0] * (LONGEST_PERIOD + 1)  # by period: lines that are equal to the one a period ago
    whole = [around.before + lines[0], *lines[1:]]
    for i, line in enumerate(whole):
        loops: list[int] = []
        for period in range(1, LONGEST_PERIOD + 1):
            if i < period or line != whole[i - period]:
                rounds[period] = 0
                continue
            rounds[period] += 1
            block = whole[i - period + 1 : i + 1]
            needed = REPEATED_LINE if period == 1 else REPEATED_BLOCK
            if rounds[period] >= period * (needed - 1) and any(map(str.strip, block)):
                loops.append(i + 1 - rounds[period])
        if loops:
            return lines[: min(loops)]
    if complete:
        return lines
    return lines[: len(lines) - max(rounds)]


def without_loops(lines: list[str], _around: Surroundings) -> list[str]:
    """The lines before the first that ends in a loop of tokens: what a loop leaves of its own line
    is seldom whole."""
    for i, line in enumerate(lines):
        if _loops(line):
            return lines[:i]
    return lines


def _loops(line: str) -> bool:
    if len(line) < LOOPS[0][1]:
        return False
    tokens = [found.group() for found in _TOKEN.finditer(line)][-LOOPS[-1][1] :][::-1]
    borders = _borders(tokens)
    return any(
        len(tokens) >= length and length - borders[length - 1] <= period for period, length in LOOPS
    )


def _borders(tokens: list[str]) -> list[int]:
    """For each beginning, the length of the longest proper prefix that is its suffix as well (the
    prefix function of Knuth, Morris and Pratt): length less border is the shortest period."""
    borders = [0] * len(tokens)
    k = 0
    for i in range(1, len(tokens)):
        while k and tokens[i] != tokens[k]:
            k = borders[k - 1]
        if tokens[i] == tokens[k]:
            k += 1
        borders[i] = k
    return borders
