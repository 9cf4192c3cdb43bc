"""Evolution: what every commit wrote, asked for in the file as its author had it.

SWE-Spot puts an old bug back into the code of today and lets an agent find and mend it, with the
diff as the check. Here the place is given: a commit's changes are made from top to bottom, and each
is a hole in the text as the ones before it have left it, so that `prefix + middle` begins the file
after the commit and `suffix` ends the file before it. Where the message says something, half of the
examples have it as a comment above the hole.

A call that was written in another way is a hole of its own, in the file after, so that its old form
is not written again.
"""

import random
import re
from collections.abc import Iterator, Sequence

import msgspec

from understudy_protocol.comments import comment_leader
from understudy_protocol.languages import language_of
from understudy_secrets.span import REDACTED
from understudy_trainer.curriculum.calls import rewritten_calls
from understudy_trainer.curriculum.commits import Commit, Edit
from understudy_trainer.curriculum.example import Example
from understudy_trainer.curriculum.gather import Gathered
from understudy_typist.history import changes_between

LEAST, MOST = 12, 600
"""Characters of a middle. Shorter ones are mended letters and names."""

OF_COMMIT = 100
"""Examples of one commit, chosen at random: an import would outweigh months."""

HALF_LIFE = 3
"""After a third of the commits an example counts half."""
STALE = 0.5
"""Of its weight keeps what no longer stands in its file."""

HINTED = 0.5
"""Of the examples have the message, if it has so many words:"""
WORDS = 3
LONGEST_HINT = 120

_FOREIGN = re.compile("[\r\f\v\x1c-\x1e\x85\u2028\u2029]")
_WORD_START, _WORD_END = re.compile(r"\w+"), re.compile(r"(?<!\w)\w+\Z")
_PARAGRAPHS = re.compile(r"\n[ \t]*\n+")


class _Piece(msgspec.Struct, frozen=True):
    edit: Edit
    prefix: str
    middle: str
    suffix: str
    hint: str


def evolution(gathered: Gathered, *, seed: int) -> Iterator[Example]:
    """The newest commit first; of one commit, in the order of its files."""
    half_life = max(1.0, len(gathered.commits) / HALF_LIFE)
    for age, commit in enumerate(gathered.commits):
        dice = random.Random(f"{seed} {commit.id}")
        pieces = list(_pieces(commit))
        chosen = sorted(dice.sample(range(len(pieces)), min(OF_COMMIT, len(pieces))))
        for piece in (pieces[at] for at in chosen):
            today = gathered.files.get(piece.edit.path, "")
            stale = piece.middle.strip() not in today
            hinted = dice.random() < HINTED
            prefix, hint = _with_hint(piece) if hinted and piece.hint else (piece.prefix, "")
            yield Example(
                unit="evolution",
                path=piece.edit.path,
                commit=commit.id,
                language=language_of(piece.edit.path) or "",
                prefix=prefix,
                middle=piece.middle,
                suffix=piece.suffix,
                hint=hint,
                weight=round(0.5 ** (age / half_life) * (STALE if stale else 1.0), 3),
            )


def _pieces(commit: Commit) -> Iterator[_Piece]:
    """Each change once, wherever the commit made it: a new name in many places is one thing."""
    made: set[tuple[str, str]] = set()
    for edit in commit.edits:
        for gone, piece in (*_hunks(commit, edit), *_calls(edit)):
            if (gone, piece.middle) not in made and REDACTED not in piece.middle:
                made.add((gone, piece.middle))
                yield piece


def _hunks(commit: Commit, edit: Edit) -> Iterator[tuple[str, _Piece]]:
    if _FOREIGN.search(edit.before + edit.after):
        return
    text, gone = edit.before, ""
    subject = _hint(commit.subject)
    for change in changes_between(edit.before, edit.after, most=len(edit.after)):
        end = change.start + change.removed
        gone = text[change.start : end] or gone
        before, after = text[: change.start], text[end:]
        for at, written in _paragraphs(change.text) if change.typed else ():
            prefix, middle, suffix = _whole_words(before + change.text[:at], written, after)
            if len(middle.strip()) >= LEAST and len(middle) <= MOST:
                yield gone, _Piece(edit, prefix, middle, suffix, subject)
        if change.text:
            gone = ""
        text = before + change.text + after


def _calls(edit: Edit) -> Iterator[tuple[str, _Piece]]:
    for call in rewritten_calls(edit.before, edit.after):
        before, after = edit.after[: call.start], edit.after[call.end :]
        middle = edit.after[call.start : call.end]
        if len(middle) >= LEAST:
            hint = "" if REDACTED in call.old else f"instead of {call.old}"
            yield call.old, _Piece(edit, before, middle, after, hint)


def _paragraphs(text: str) -> Sequence[tuple[int, str]]:
    """What is long is written one paragraph after the other; where each begins, and its text."""
    if len(text) <= MOST:
        return [(0, text)]
    starts = [0, *(match.end() for match in _PARAGRAPHS.finditer(text))]
    pieces = (text[one:other] for one, other in zip(starts, [*starts[1:], None], strict=True))
    return [(start, piece.rstrip()) for start, piece in zip(starts, pieces, strict=True)]


def _whole_words(prefix: str, middle: str, suffix: str) -> tuple[str, str, str]:
    """What two words have in common was not typed by itself."""
    if middle[:1].isidentifier() and (half := _WORD_END.search(prefix)):
        prefix, middle = prefix[: half.start()], half[0] + middle
    if _WORD_END.search(middle) and (half := _WORD_START.match(suffix)):
        middle, suffix = middle + half[0], suffix[half.end() :]
    return prefix, middle, suffix


def _hint(subject: str) -> str:
    said = re.sub(r"\s*\(#\d+\)$", "", subject)
    return said if len(said.split()) >= WORDS and len(said) <= LONGEST_HINT else ""


def _with_hint(piece: _Piece) -> tuple[str, str]:
    """The prefix with the hint as a line of its own above what is written, and that line."""
    hint = f"{comment_leader(piece.edit.path)} {piece.hint}"
    if piece.middle.startswith("\n"):
        first = piece.middle.lstrip("\n").partition("\n")[0]
        blank = first[: len(first) - len(first.lstrip())]
        return f"{piece.prefix}\n{blank}{hint}", hint
    above, newline, line = piece.prefix.rpartition("\n")
    blank = line[: len(line) - len(line.lstrip())]
    return f"{above}{newline}{blank}{hint}\n{line}", hint
