"""Lessons that are made, tried and kept, with a policy that goes by simple rules."""

import random
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from understudy_trainer.curriculum.example import Example
from understudy_trainer.learn.writing import Written
from understudy_trainer.reinforce.groups import Candidate, Group, Origin
from understudy_trainer.reinforce.practised_lessons import Lessons, State, drawn, with_lessons


def asked(noun: str) -> Example:
    return Example(
        unit="implementation",
        path=f"shop/{noun}.py",
        commit="c" * 40,
        language="python",
        prefix=f"def load_{noun}({noun}_url, limit):\n    return fetch({noun}_url, ",
        middle="deadline=limit)",
        suffix="\n",
    )


NOUNS = ["order", "user", "item", "basket", "ticket", "page", "stage", "token"]
EXAMPLES = [asked(noun) for noun in NOUNS]
WRONG = "timeout=limit)"


class Rules(NamedTuple):
    """Answers by a rule from the text of the first snippet, "" if there is none."""

    rule: Callable[[str], str]

    def prompt(self, example: Example) -> str:
        return example.snippets[0].text if example.snippets else ""

    def rollouts(self, prompts: Sequence[str], *, each: int, seed: int) -> list[list[Written]]:
        return [[Written([1, 2], [-0.1, -0.1], self.rule(said))] * each for said in prompts]


def obedient(said: str) -> str:
    return "deadline=limit)" if "`deadline=`" in said else WRONG


def deaf(_: str) -> str:
    return WRONG


def wrong_answers(examples: Sequence[Example]) -> list[Group]:
    candidate = Candidate(WRONG, (1,), (-0.1,), -0.2, Origin.ROLLOUT, None)
    return [Group(each, (candidate,)) for each in examples]


def heard(lessons: Lessons, policy: Any, *, rounds: int = 1) -> State:
    state = State()
    lessons.begin(state)
    for seed in range(rounds):
        lessons.hear(state, wrong_answers(EXAMPLES[:4]), policy, seed=seed)
    return state


def test_a_lesson_that_helps_is_kept_and_what_it_led_to_is_learned() -> None:
    state = heard(Lessons(EXAMPLES, night=7), Rules(obedient))
    (lesson,) = state.kept
    assert "`deadline=`" in lesson.heuristic
    assert lesson.night == 7
    assert lesson.informed.share == 1.0
    assert lesson.without.share == 0.0
    learned = drawn(state, 100, random.Random(0))
    assert learned
    assert all(each.tokens == (1, 2) for each in learned)


def test_it_is_learned_with_the_lesson_in_the_prompt_and_without_it() -> None:
    state = heard(Lessons(EXAMPLES, night=0), Rules(obedient))
    told = {bool(each.example.snippets) for each in drawn(state, 100, random.Random(0))}
    assert told == {True, False}


def test_a_lesson_that_nobody_listens_to_is_dropped_and_not_tried_again() -> None:
    state = heard(Lessons(EXAMPLES, night=0), Rules(deaf), rounds=3)
    assert state.kept == []
    assert len(state.tried) == 1
    assert drawn(state, 100, random.Random(0)) == []


def test_what_was_to_be_learned_once_is_not_tried() -> None:
    state = State()
    Lessons(EXAMPLES, night=0).hear(state, wrong_answers(EXAMPLES[:1]), Rules(obedient), seed=0)  # type: ignore[arg-type]
    assert state.tried == {}


def test_lessons_of_earlier_nights_are_tried_before_any_other() -> None:
    (known,) = heard(Lessons(EXAMPLES, night=1), Rules(obedient)).kept
    lessons, state = Lessons(EXAMPLES, night=2, known=[known]), State()
    lessons.begin(state)
    lessons.hear(state, [], Rules(deaf), seed=0)  # type: ignore[arg-type]
    assert not state.tried[known.id].is_kept


def test_lessons_about_something_else_lead_to_nothing() -> None:
    lessons, state = Lessons(EXAMPLES, night=0, shuffled=True), State()
    other = "Calls of `fetch` here pass `retries=`."
    (known,) = heard(Lessons(EXAMPLES, night=1), Rules(obedient)).kept
    foreign = type(known)(other, "", known.scope, ())
    state.waiting[foreign.id], state.heard[foreign.id] = foreign, 1
    lessons.hear(state, wrong_answers(EXAMPLES[:4]), Rules(obedient), seed=0)  # type: ignore[arg-type]
    assert len(state.tried) == 1
    assert drawn(state, 100, random.Random(0)) == []


def test_a_lesson_stands_before_the_other_snippets() -> None:
    told = with_lessons(EXAMPLES[0], ["Calls of `fetch` here pass `deadline=`."])
    assert told.snippets[0].text == "# Calls of `fetch` here pass `deadline=`.\n"
    assert with_lessons(EXAMPLES[0], []) == EXAMPLES[0]
