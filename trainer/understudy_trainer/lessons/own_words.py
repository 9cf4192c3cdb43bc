"""Lessons in the words of a model that can converse, where templates have none.

MEL (arXiv 2602.10224, equations 3 and 4): the policy reads its wrong answer beside the right one,
and writes what was wrong (critique) and what to do the next time (heuristic). Done otherwise: where
the two part is computed (`bifurcation`) and told, and the beginning of the reply is put into the
model's mouth, because a small one would greet first. What it writes has to pass what a template's
sentence has to, and whether it is true `proving` finds out, as of any lesson.

A model can converse if it has a chat template. Some have one that was never trained on it; whoever
asks gives up after some replies that say nothing.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from posixpath import basename
from typing import Any, NamedTuple

import msgspec
from transformers import AutoTokenizer

from understudy_protocol import fim
from understudy_protocol.fim_tokens import encode_plain
from understudy_protocol.lesson import Evidence, Lesson, Scope
from understudy_trainer.learn.rendering import Form, ModelTokens
from understudy_trainer.lessons.bifurcation import Bifurcation, bifurcation
from understudy_trainer.lessons.difference import difference
from understudy_trainer.lessons.leak import is_fit
from understudy_trainer.lessons.pair import Pair
from understudy_trainer.lessons.templates import may_be_named

REPLY_TOKENS = 96
"""Two sentences and some."""

QUESTION_TOKENS = 1536
"""Most of them: with the reply they fit into a context of 2,048, and an engine refuses more."""

SHORTEST, LONGEST = 12, 200
"""Characters of a heuristic. Each takes its room from the code in every prompt that it holds at."""

_BEFORE, _AFTER = 1200, 400
"""Characters of the code around the hole that are shown, to whole lines."""

_GAP = "<here>"
_BEGINNING = '{"critique": "'
_MARK = "\N{OBJECT REPLACEMENT CHARACTER}"

_QUESTION = """\
A line of {file} was to be completed at {gap}:

{code}

It was completed with:
{wrong}

What belongs there is:
{right}

They part where `{right_symbol}` belongs and `{wrong_symbol}` was written. What does one have to
know about `{callee}` in this repository, to get it right in other places, too? Reply with one
line of JSON, {{"critique": "...", "heuristic": "..."}}. The critique says in one sentence what
was wrong, the heuristic in one sentence of at most 25 words what to do, without quoting the
line."""


class Chat(NamedTuple):
    """How a model is asked in conversation: the ids around a question."""

    before: Sequence[int]
    after: Sequence[int]
    """With the beginning of the reply."""
    tokens: ModelTokens

    def prompt(self, question: str) -> fim.Prompt:
        """Whatever the question quotes, it ends where the template says."""
        forbidden = frozenset(self.tokens.control_tokens.values())
        asked = encode_plain(question, tokenizer=self.tokens, forbidden=forbidden)
        return fim.Prompt([*self.before, *asked, *self.after], fim.Parts("", "", ""), healed="")


class Puzzle(NamedTuple):
    """A pair that templates have no sentence for."""

    pair: Pair
    at: Bifurcation
    scope: Scope

    @property
    def evidence(self) -> Evidence:
        hole = self.pair.hole
        return Evidence(hole.id, hole.path, self.pair.commit, self.at.line, self.at.node)


def chat_of(base: Path, form: Form) -> Chat | None:
    """None for a model that cannot converse."""
    tokenizers: Any = AutoTokenizer
    try:
        tokenizer = tokenizers.from_pretrained(base, local_files_only=True)
        if not tokenizer.chat_template:
            return None
        asked = [{"role": "user", "content": _MARK}]
        rendered = tokenizer.apply_chat_template(asked, tokenize=False, add_generation_prompt=True)
    # The template is a program of somebody else's, and may raise anything.
    except Exception:
        return None
    before, mark, after = rendered.partition(_MARK)
    if not mark:
        return None
    encode = form.tokenizer.encode
    return Chat(encode(before), encode(after + _BEGINNING), form.tokenizer)


def puzzle_of(pair: Pair) -> Puzzle | None:
    """None if the answers part outside of any call: nothing then says where a lesson holds."""
    at = bifurcation(pair)
    between = None if at is None else difference(at)
    if at is None or between is None or not may_be_named(between.callee):
        return None
    language = pair.hole.language.removesuffix("react")
    return Puzzle(pair, at, Scope(language, callee=between.callee))


def question(puzzle: Puzzle) -> str:
    pair, at = puzzle.pair, puzzle.at
    before, after = pair.hole.prefix[-_BEFORE:], pair.hole.suffix[:_AFTER]
    if len(before) < len(pair.hole.prefix):
        before = before.partition("\n")[2] or before
    if len(after) < len(pair.hole.suffix):
        after = after.rpartition("\n")[0] or after
    return _QUESTION.format(
        file=basename(pair.hole.path),
        gap=_GAP,
        code=f"{before}{_GAP}{after}".strip("\n"),
        wrong=pair.wrong,
        right=pair.right,
        right_symbol=at.expected,
        wrong_symbol=at.wrong,
        callee=puzzle.scope.callee,
    )


def lesson_in(reply: str, puzzle: Puzzle, evidence: Sequence[Evidence]) -> Lesson | None:
    """None if the reply is none that was asked for, or says too much."""
    try:
        said, _ = json.JSONDecoder().raw_decode(_BEGINNING + reply)
        told = msgspec.convert(said, _Reply)
    except (ValueError, RecursionError):  # msgspec's ValidationError is a ValueError
        return None
    heuristic, critique = told.heuristic.strip(), told.critique.strip()
    callee = puzzle.scope.callee
    if not SHORTEST <= len(heuristic) <= LONGEST or not f"{heuristic}{critique}".isprintable():
        return None
    if callee not in heuristic:
        heuristic = f"`{callee}`: {heuristic}"
    if not is_fit(heuristic, critique, puzzle.pair):
        return None
    return Lesson(heuristic, critique[:LONGEST], puzzle.scope, tuple(evidence))


class _Reply(msgspec.Struct, frozen=True):
    critique: str
    heuristic: str
