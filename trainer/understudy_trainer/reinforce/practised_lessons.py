"""Lessons made, tried and used while a model practises: MEL's meta-experience (`mel`)."""

import random
from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from itertools import chain

import msgspec

from understudy_protocol.lesson import Evidence, Lesson
from understudy_protocol.lesson_choice import snippet_of
from understudy_trainer.curriculum.example import Example
from understudy_trainer.learn.writing import Written
from understudy_trainer.lessons.merging import merged
from understudy_trainer.lessons.own_words import (
    QUESTION_TOKENS,
    REPLY_TOKENS,
    Chat,
    Puzzle,
    lesson_in,
    puzzle_of,
    question,
)
from understudy_trainer.lessons.pair import Pair
from understudy_trainer.lessons.proving import Trial, tried
from understudy_trainer.lessons.templates import lesson_of
from understudy_trainer.reinforce.groups import Group
from understudy_trainer.reinforce.policy import Policy
from understudy_trainer.reinforce.reward import ends_too_early, hole_of
from understudy_trainer.repoworld.hole import Hole
from understudy_trainer.repoworld.verifier import verify

FEWEST = 2
"""Holes in which a lesson was to be learned before it is tried: once is chance."""

TRIED = 1
"""Lessons of a round. One takes up to 128 answers, as many as a round of reinforcement. One that
holds at no hole takes none, and is not counted."""

QUESTIONS = 2
"""That a model which can converse is asked in a round; a reply takes as long as several answers."""

SILENT = 8
"""Replies in a row that make no lesson: it cannot converse, whatever it has a template for."""

_ALWAYS = 1 << 30
"""As if a lesson were to be learned from everywhere."""


class Internalised(msgspec.Struct, frozen=True):
    """A right answer that a lesson led to, as it is learned."""

    example: Example
    """With the lesson among its snippets, or without it."""
    tokens: tuple[int, ...]


class State(msgspec.Struct):
    """What a checkpoint has to hold."""

    waiting: dict[str, Lesson] = msgspec.field(default_factory=dict[str, Lesson])
    """To be tried, by id."""
    heard: dict[str, int] = msgspec.field(default_factory=dict[str, int])
    """Id → how many wrong answers said so."""
    tried: dict[str, Trial] = msgspec.field(default_factory=dict[str, Trial])
    """What became of those that were tried."""
    led_to: list[Internalised] = msgspec.field(default_factory=list[Internalised])
    answers: int = 0
    """Asked for to try lessons."""
    puzzling: dict[str, tuple[Evidence, ...]] = msgspec.field(
        default_factory=dict[str, tuple[Evidence, ...]]
    )
    """Language and callee → where answers were wrong that templates have no sentence for. Asked
    about once, and then empty."""
    silent: int = 0
    """How many replies in a row made no lesson, up to the last one."""

    @property
    def kept(self) -> list[Lesson]:
        return [trial.lesson for trial in self.tried.values() if trial.is_kept]


class Lessons:
    """Makes lessons from the answers of one repository."""

    def __init__(
        self,
        examples: Sequence[Example],
        *,
        night: int,
        known: Iterable[Lesson] = (),
        forgotten: Container[str] = (),
        shuffled: bool = False,
        chat: Chat | None = None,
    ) -> None:
        """`known` are those of earlier nights, which are tried again in turn with new ones.
        `forgotten` are the ids of those that somebody deleted, of which nothing is made. `night` is
        in milliseconds since the epoch. `shuffled` is the control of an experiment: what is said is
        a lesson about something else. It is tried and kept as any other, once there is another. The
        model is asked for lessons by `chat`, where templates have none."""
        self._night = night
        self._known = tuple(known)
        self._forgotten = forgotten
        self._shuffled = shuffled
        self._chat = chat
        self._examples: Mapping[str, Example] = {
            hole_of(each, world="").id: each for each in examples
        }
        self._holes = [hole_of(each, world="") for each in examples]

    def begin(self, state: State) -> None:
        for lesson in self._known:
            state.waiting[lesson.id] = lesson
            state.heard[lesson.id] = _ALWAYS

    def hear(self, state: State, groups: Iterable[Group], policy: Policy, *, seed: int) -> None:
        """Makes lessons of wrong answers, and tries those of which `_next` says that it is their
        turn."""
        puzzles: list[Puzzle] = []
        for pair in chain.from_iterable(map(_pairs, groups)):
            lesson = lesson_of(pair)
            if lesson is not None:
                self._note(state, lesson)
            elif self._chat is not None and (puzzle := puzzle_of(pair)):
                puzzles.append(puzzle)
        dice, left = random.Random(seed), TRIED
        if self._chat is not None and puzzles:
            for lesson in _in_own_words(state, puzzles, self._chat, policy, dice):
                self._note(state, lesson)
        for lesson in _next(state):
            said = self._said(lesson, state, dice) if left else None
            if said is None:
                continue
            del state.waiting[lesson.id]
            asks = _Asks(policy, self._examples, said, dice)
            trial = tried(lesson, self._holes, rollouts=asks, night=self._night)
            left -= trial.holes > 0
            state.answers += asks.answers
            state.tried[lesson.id] = trial
            if trial.is_kept:
                state.led_to += asks.right()

    def _note(self, state: State, lesson: Lesson) -> None:
        if lesson.id in self._forgotten:
            return
        state.heard[lesson.id] = state.heard.get(lesson.id, 0) + 1
        if lesson.id not in state.tried:
            before = state.waiting.get(lesson.id)
            state.waiting[lesson.id] = lesson if before is None else _heard_again(before, lesson)

    def _said(self, lesson: Lesson, state: State, dice: random.Random) -> str | None:
        """None if it has to be another lesson, and there is none."""
        if not self._shuffled:
            return lesson.heuristic
        known = (*state.waiting.values(), *(each.lesson for each in state.tried.values()))
        others = sorted(each.heuristic for each in known if _are_apart(lesson, each))
        return dice.choice(others) if others else None


def drawn(state: State, most: int, dice: random.Random) -> list[Internalised]:
    return dice.sample(state.led_to, min(most, len(state.led_to)))


class _Asks:
    """Fresh answers of the policy, with the lesson and without; those are remembered that were
    right with it."""

    def __init__(
        self, policy: Policy, examples: Mapping[str, Example], said: str, dice: random.Random
    ) -> None:
        self.answers = 0
        self._policy = policy
        self._examples = examples
        self._said = said
        self._dice = dice
        self._informed: dict[tuple[str, str], tuple[Example, Example, Written]] = {}

    def __call__(self, hole: Hole, lesson: str | None, count: int) -> Sequence[str]:
        plain = self._examples[hole.id]
        asked = plain if lesson is None else with_lessons(plain, [self._said])
        prompt = self._policy.prompt(asked)
        (texts,) = self._policy.rollouts([prompt], each=count, seed=self._dice.getrandbits(32))
        self.answers += count
        if lesson is not None:
            for each in texts:
                if verify(hole, each.text):
                    self._informed[hole.id, each.text] = (asked, plain, each)
        return [each.text for each in texts]

    def right(self) -> list[Internalised]:
        """Each once, every other one to be learned with the lesson in the prompt."""
        return [
            Internalised((plain, asked)[number % 2], tuple(each.tokens))
            for number, (asked, plain, each) in enumerate(self._informed.values())
        ]


def with_lessons(example: Example, heuristics: Sequence[str]) -> Example:
    """As the gateway would ask it."""
    snippet = snippet_of(heuristics, path=example.path)
    if snippet is None:
        return example
    return msgspec.structs.replace(example, snippets=(snippet, *example.snippets))


def _in_own_words(
    state: State, puzzles: Iterable[Puzzle], chat: Chat, policy: Policy, dice: random.Random
) -> Iterable[Lesson]:
    """Asks about each callee that was puzzling in enough holes."""
    left = QUESTIONS
    for puzzle in puzzles:
        about = f"{puzzle.scope.language} {puzzle.scope.callee}"
        known = state.puzzling.get(about)
        if not left or state.silent >= SILENT or known == ():
            continue
        met = {each.hole: each for each in (*(known or ()), puzzle.evidence)}
        state.puzzling[about] = tuple(met.values())
        if len(met) < FEWEST:
            continue
        prompt = chat.prompt(question(puzzle))
        if len(prompt.ids) > QUESTION_TOKENS:
            continue
        state.puzzling[about] = ()
        ((reply,),) = policy.rollouts(
            [prompt], each=1, seed=dice.getrandbits(32), most_tokens=REPLY_TOKENS
        )
        left -= 1
        lesson = lesson_in(reply.text, puzzle, tuple(met.values()))
        state.silent = state.silent + 1 if lesson is None else 0
        if lesson is not None:
            yield lesson


def _pairs(group: Group) -> Iterable[Pair]:
    hole = hole_of(group.example, world="")
    right = hole.middle
    wrong = Counter(
        each.text
        for each in group.candidates
        if each.reward < 0 and each.text.strip() and not ends_too_early(right, each.text)
    )
    for text in wrong:
        yield Pair(hole, right, text, group.example.commit)


def _are_apart(one: Lesson, other: Lesson) -> bool:
    """Whether two lessons are about different things."""
    names = [{each.scope.callee, *each.scope.names} - {""} for each in (one, other)]
    return not names[0] & names[1]


def _heard_again(before: Lesson, lesson: Lesson) -> Lesson:
    return msgspec.structs.replace(merged(before, lesson), night=before.night)


def _next(state: State) -> list[Lesson]:
    """One of an earlier night and a new one in turn, because there is not time for all: those
    tried longest ago, and those that were to be learned most often, first."""

    def is_known(id: str) -> bool:
        return state.heard.get(id, 0) >= _ALWAYS

    known = sorted(
        (each for each in state.waiting.values() if is_known(each.id)),
        key=lambda each: (each.night, each.id),
    )
    new = sorted(
        (
            each
            for each in state.waiting.values()
            if len(each.evidence) >= FEWEST and not is_known(each.id)
        ),
        key=lambda each: (-state.heard[each.id], each.id),
    )
    turns = Counter(is_known(id) for id, trial in state.tried.items() if trial.holes)
    return [*known, *new] if turns[True] <= turns[False] else [*new, *known]
