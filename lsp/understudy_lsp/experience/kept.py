"""How much of an accepted text is still there: the longest common subsequence of tokens.

Token by token rather than by characters, as in Zed's `kept_rate`: single letters of a rewritten
line coincide everywhere.
"""

import re

from rapidfuzz.distance import LCSseq
from rapidfuzz.fuzz import partial_ratio_alignment

from understudy_lsp.experience.anchor import SEARCHED, found_near
from understudy_lsp.experience.life import units

MAX_GROWTH = 400
"""Characters written inside an accepted text, beyond its own length, up to which all of its range
is looked at; then only the part of it that is most alike."""

MAX_RANGE = 10_000
"""Characters of a range that are looked at: the longest answer has about 4,000."""

MIN_ALIKE = 50
"""Percent; Copilot's limit, beyond which a text counts as gone."""

_TOKEN = re.compile(r"\w+|\n|[^\S\n]+|[^\w\s]")


def kept_length(accepted: str, now: str) -> int:
    """UTF-16 units of `accepted` that survive in `now`, the text that stands in its place."""
    if accepted in now:
        return units(accepted)
    now = now[:MAX_RANGE]
    if len(now) > 2 * len(accepted) + MAX_GROWTH:
        start, end = most_alike(now, accepted, 0)
        now = now[start:end]
    tokens, tokens_now = _TOKEN.findall(accepted), _TOKEN.findall(now)
    blocks = LCSseq.opcodes(tokens, tokens_now)
    return sum(
        units(token)
        for block in blocks
        if block.tag == "equal"
        for token in tokens[block.src_start : block.src_end]
    )


def most_alike(text: str, wanted: str, near: int) -> tuple[int, int]:
    """Start and end of the part of `text` around `near` that is most like `wanted`."""
    start = found_near(text, wanted, near)
    if start is not None:
        return start, start + len(wanted)
    low = max(0, near - SEARCHED)
    window = text[low : near + len(wanted) + SEARCHED]
    alike = partial_ratio_alignment(wanted, window, score_cutoff=MIN_ALIKE)
    if alike is None:
        return min(near, len(text)), min(near, len(text))
    return low + alike.dest_start, low + alike.dest_end
