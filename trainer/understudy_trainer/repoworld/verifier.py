"""What counts as a success, and how near the rest comes.

A candidate succeeds if it is the true text, or has the same syntax tree. Whether it does by the
repository's tests is asked afterwards, in `judging`.
"""

import re

from rapidfuzz.distance import LCSseq, Levenshtein

from understudy_trainer.repoworld.agent import Answer
from understudy_trainer.repoworld.hole import Hole
from understudy_trainer.repoworld.syntax import hides_what_follows, same_tree

_TOKEN = re.compile(r"\w+|[^\w\s]")

_COMMENT = re.compile(r"#|//|/\*|\\")
"""May begin a comment, or, the last one, go on in the next line."""


def success(hole: Hole, answer: Answer) -> bool:
    """Whether any candidate is right."""
    return any(verify(hole, candidate) for candidate in answer.candidates)


def verify(hole: Hole, candidate: str) -> bool:
    shown = within(hole, candidate)
    return _exact(hole, shown) or any(_same_meaning(hole, text) for text in {shown, candidate})


def first_token_match(hole: Hole, answer: Answer) -> bool:
    """Whether the first choice begins with the right word or sign."""
    return _tokens(hole.middle)[:1] == _tokens(_first(hole, answer))[:1]


def edit_similarity(hole: Hole, answer: Answer) -> float:
    """1 less the edits that make the first choice right, over the longer of the two."""
    return Levenshtein.normalized_similarity(_first(hole, answer).strip(), hole.middle.strip())


def kept_characters(hole: Hole, answer: Answer) -> int:
    """Characters of the first choice that could stay: its longest common subsequence with the
    true text, by tokens."""
    shown, true = _tokens(_first(hole, answer)), _tokens(hole.middle)
    blocks = LCSseq.opcodes(shown, true)
    stay = (shown[block.src_start : block.src_end] for block in blocks if block.tag == "equal")
    return sum(len(token) for block in stay for token in block)


def _first(hole: Hole, answer: Answer) -> str:
    return within(hole, answer.candidates[0]) if answer.candidates else ""


def within(hole: Hole, candidate: str) -> str:
    """The part of a candidate that is judged: where the hole lies within one line, what stands
    behind the line's end would be another suggestion."""
    return candidate if "\n" in hole.middle else candidate.partition("\n")[0]


def _exact(hole: Hole, candidate: str) -> bool:
    # Blanks before the rest of the line are no blanks at a line's end.
    rest = hole.suffix.partition("\n")[0]
    return _trimmed(candidate + rest) == _trimmed(hole.middle + rest)


def _trimmed(text: str) -> list[str]:
    return [line.rstrip() for line in text.split("\n")]


def _same_meaning(hole: Hole, candidate: str) -> bool:
    if not candidate.strip() or _differ_in_ink(hole.middle, candidate):
        return False
    true, shown, none = (
        (hole.prefix, middle, hole.suffix) for middle in (hole.middle, candidate, "")
    )
    # Where only a comment is missing, the tree is the same whatever is written; and where a comment
    # hides the rest of the line, the line is not one that anybody wants.
    return (
        same_tree(true, shown, language=hole.language)
        and not same_tree(true, none, language=hole.language)
        and not hides_what_follows(true, shown, language=hole.language)
    )


def _differ_in_ink(one: str, other: str) -> bool:
    """Whether the two differ in more than blanks, and in more than a comment could account for:
    then their trees differ, which would take a parse of the whole file to say."""
    if _COMMENT.search(one) or _COMMENT.search(other):
        return False
    return "".join(one.split()) != "".join(other.split())


def _tokens(text: str) -> list[str]:
    return _TOKEN.findall(text)
