"""What is known of a suggestion the moment before it is shown, in numbers: `outcome.Features`."""

import math
import re

from understudy_lsp.choosing import log_odds
from understudy_lsp.hole.hole import Hole
from understudy_lsp.hole.place import Place, Right
from understudy_lsp.lately import Recall
from understudy_lsp.snapshot import Snapshot
from understudy_lsp.suggestion import Suggestion
from understudy_protocol.completion import LogprobSummary
from understudy_protocol.events import Reuse, Source
from understudy_protocol.outcome import Features, measure

SIGNS = frozenset("([{,.:=<>+-*/%&|!?@;\"'`")

SHORT = 3
"""Characters that are hardly worth a key."""

LONGEST = 200
"""Characters of a line that are looked at for words."""

_WORD = re.compile(r"\w+")
_LAST_WORD = re.compile(r"\w+\Z")


def measured(
    suggestion: Suggestion,
    recall: Recall,
    *,
    logprobs: LogprobSummary | None,
    snapshot: Snapshot,
    hole: Hole,
    waited_s: float,
    caution: float,
) -> Features:
    """`logprobs` of the answer that the suggestion was cut from; `waited_s` since the editor asked;
    `caution` as in `Attention`."""
    before, likelihood, text = snapshot.before, suggestion.likelihood, suggestion.text
    stem, words = word_before(before), _WORD.findall(text[:LONGEST])
    measures = {
        "known": _yes(likelihood is not None),
        "odds": 0.0 if likelihood is None else _number(log_odds(likelihood)),
        "copied": _yes(suggestion.source is Source.COPY),
        "total": _number(logprobs.mean * logprobs.tokens) if logprobs else 0.0,
        "lowest": _number(logprobs.lowest) if logprobs else 0.0,
        "first": _number(logprobs.first) if logprobs else 0.0,
        "tokens": _length(logprobs.tokens) if logprobs else 0.0,
        "length": _length(len(text)),
        "lines": _length(text.count("\n")),
        "short": _yes(len(text.strip()) <= SHORT),
        "wordless": _yes(not words),
        "first_word": _length(len(words[0])) if words else 0.0,
        "stem": _length(len(stem)),
        "joins": _yes(bool(stem) and bool(_WORD.match(text))),
        "line_start": _yes(not before.strip()),
        "sign": _yes(before.rstrip()[-1:] in SIGNS and bool(before.strip())),
        "before": _length(len(before)),
        "right": _yes(hole.right is Right.TEXT),
        "text": _yes(hole.place is not Place.CODE),
        "waited": _length(1000 * waited_s),
        "reused": _yes(suggestion.reuse is not Reuse.NONE),
        "lately": _number(recall.taken),
        "again": _length(recall.again),
        "again_taken": _length(recall.again_taken),
        "on_line": _length(recall.on_line),
        "weary": _number(math.log(max(caution, 1.0))),
    }
    # Only what is not 0 goes into the event: fields are left out that are the very default.
    return Features(**{name: value for name, value in measures.items() if value})


def word_before(before: str) -> str:
    """The word at the end of a line, as far as it is typed."""
    match = _LAST_WORD.search(before[-LONGEST:])
    return match.group() if match else ""


def _yes(said: bool) -> float:
    return 1.0 if said else 0.0


def _length(n: float) -> float:
    return _number(math.log1p(max(n, 0.0)))


def _number(value: float) -> float:
    """Short, because it is stored for every suggestion."""
    return round(measure(value), 3)
