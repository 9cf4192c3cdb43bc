"""What counts as a success, and how near the rest comes.

A candidate succeeds if it is the true text, has the same syntax tree, or, where a repository has
tests and there is a sandbox for them, if they pass with it and not without it.
"""

import re
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from rapidfuzz.distance import LCSseq, Levenshtein

from understudy_trainer.repoworld.agent import Answer
from understudy_trainer.repoworld.hole import Hole
from understudy_trainer.repoworld.sandbox import Outcome
from understudy_trainer.repoworld.syntax import same_tree

TEST_SECONDS = 60.0
"""That the tests of a repository may take with one candidate."""

Sandbox = Callable[..., Outcome | None]
"""Like `sandbox.run_in_sandbox`."""

_TOKEN = re.compile(r"\w+|[^\w\s]")

_COMMENT = re.compile(r"#|//|/\*|\\")
"""May begin a comment, or, the last one, go on in the next line."""


def success(hole: Hole, answer: Answer) -> bool:
    """Whether any candidate is right."""
    return any(verify(hole, candidate) for candidate in answer.candidates)


def verify(hole: Hole, candidate: str) -> bool:
    shown = _within(hole, candidate)
    return _exact(hole, shown) or any(_same_meaning(hole, text) for text in {shown, candidate})


def verify_by_tests(
    hole: Hole, candidate: str, *, folder: Path, command: Sequence[str], sandbox: Sandbox
) -> bool:
    """Whether the tests of the repository in `folder` pass with the candidate in its place.

    Tests that pass without any text there, too, say nothing, and neither does a machine without a
    sandbox: both are no success.
    """

    def passes(text: str) -> bool:
        with tempfile.TemporaryDirectory() as scratch:
            copy = Path(scratch, "copy").resolve()
            shutil.copytree(folder, copy, symlinks=True)
            path = (copy / hole.path).resolve()
            # A link in the repository could lead out of the copy.
            if not path.is_relative_to(copy):
                return False
            path.parent.mkdir(parents=True, exist_ok=True)
            whole = hole.prefix + text + hole.suffix
            path.write_bytes(whole.encode("utf-8", "surrogatepass"))
            outcome = sandbox(command, folder=copy, seconds=TEST_SECONDS)
        return outcome is not None and outcome.passed

    return passes(_within(hole, candidate)) and not passes("")


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
    return _within(hole, answer.candidates[0]) if answer.candidates else ""


def _within(hole: Hole, candidate: str) -> str:
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
    # Where only a comment is missing, the tree is the same whatever is written.
    return same_tree(true, shown, language=hole.language) and not same_tree(
        true, none, language=hole.language
    )


def _differ_in_ink(one: str, other: str) -> bool:
    """Whether the two differ in more than blanks, and in more than a comment could account for:
    then their trees differ, which would take a parse of the whole file to say."""
    if _COMMENT.search(one) or _COMMENT.search(other):
        return False
    return "".join(one.split()) != "".join(other.split())


def _tokens(text: str) -> list[str]:
    return _TOKEN.findall(text)
