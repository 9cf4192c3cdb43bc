"""Whether a lesson says the answer that it came from: it would then prove nothing but that a model
can copy.

The longest common substring is counted in words, not in characters: a long name is one thing to
know, as a short one is, and what gives an answer away is how little of it is left to decide.
"""

import re
from difflib import SequenceMatcher

from understudy_secrets.span import REDACTED
from understudy_trainer.curriculum.redact import redacted
from understudy_trainer.lessons.pair import Pair

MOST_WORDS = 4
"""In a row that a lesson may have in common with an answer: a dotted name of two parts with the
name and the value of an argument. More in a row is no longer naming, it is quoting."""

SHARE = 0.5
"""Of the answer's words that may stand in the lesson in a row. With more of them the lesson has
written most of the answer."""

_WORD = re.compile(r"\w+")


def is_fit(heuristic: str, critique: str, pair: Pair) -> bool:
    """Whether a lesson of that pair may say so: no answer in what is put into prompts, and a secret
    nowhere."""
    text = f"{heuristic}\n{critique}"
    is_answer = any(leaks(heuristic, truth) for truth in (pair.right, pair.hole.middle))
    return not is_answer and redacted(text) == text and REDACTED not in text


def leaks(text: str, truth: str) -> bool:
    """Whether `text` has more words of `truth` in a row than the two limits allow, or every word of
    it anywhere. An answer without words must not stand in it at all."""
    said, true = _WORD.findall(text), _WORD.findall(truth)
    if not true:
        return truth.strip() in text
    row = SequenceMatcher(a=said, b=true, autojunk=False).find_longest_match().size
    return row > MOST_WORDS or row > SHARE * len(true) or set(true) <= set(said)
