"""Lessons that are made, tried and kept, with a policy that goes by simple rules."""

import random
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import msgspec

from understudy_protocol.lesson import Lesson, Scope
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


def said_of(callee: str, name: str, *, night: int = 0) -> Lesson:
    heuristic = f"Calls of `{callee}` here pass `{name}=`."
    return Lesson(heuristic, "", Scope("python", callee=callee), (), night=night)


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


def test_lessons_of_earlier_nights_are_tried_again() -> None:
    (known,) = heard(Lessons(EXAMPLES, night=1), Rules(obedient)).kept
    lessons, state = Lessons(EXAMPLES, night=2, known=[known]), State()
    lessons.begin(state)
    lessons.hear(state, [], Rules(deaf), seed=0)  # type: ignore[arg-type]
    assert not state.tried[known.id].is_kept


def test_earlier_lessons_and_new_ones_take_turns_the_longest_untried_first() -> None:
    nights = {"retries": 3, "proxy": 1, "cookies": 2}
    known = [said_of("fetch", name, night=night) for name, night in nights.items()]
    state = heard(Lessons(EXAMPLES, night=9, known=known), Rules(deaf), rounds=4)
    tried = [trial.lesson for trial in state.tried.values()]
    made = next(each for each in tried if each.id not in {lesson.id for lesson in known})
    assert "`deadline=`" in made.heuristic
    proxy, cookies, retries = (said_of("fetch", name) for name in ("proxy", "cookies", "retries"))
    assert [each.id for each in tried] == [proxy.id, made.id, cookies.id, retries.id]


def test_an_earlier_lesson_that_is_heard_again_keeps_its_place() -> None:
    (made,) = heard(Lessons(EXAMPLES, night=1), Rules(obedient)).kept
    newest = msgspec.structs.replace(made, night=5)
    lessons = Lessons(EXAMPLES, night=9, known=[newest, said_of("fetch", "proxy", night=1)])
    assert list(heard(lessons, Rules(deaf)).tried) == [said_of("fetch", "proxy").id]


def test_lessons_that_hold_nowhere_take_no_turn() -> None:
    nowhere = [said_of("send", f"name_{number}") for number in range(3)]
    state = heard(Lessons(EXAMPLES, night=9, known=nowhere), Rules(obedient))
    assert len(state.tried) == 4
    assert [trial.holes > 0 for trial in state.tried.values()] == [False, False, False, True]
    assert len(state.kept) == 1


def test_what_was_deleted_is_not_made_tried_or_learned_from_again() -> None:
    (made,) = heard(Lessons(EXAMPLES, night=1), Rules(obedient)).kept
    lessons = Lessons(EXAMPLES, night=2, forgotten={made.id})
    state = heard(lessons, Rules(obedient), rounds=3)
    assert (state.waiting, state.tried, state.led_to, state.answers) == ({}, {}, [], 0)


def test_the_control_says_a_lesson_about_something_else_and_that_leads_to_nothing() -> None:
    lessons, state = Lessons(EXAMPLES, night=0, shuffled=True), State()
    foreign, heard_by_model = said_of("send", "retries"), set[str]()
    state.waiting[foreign.id], state.heard[foreign.id] = foreign, 1

    def rule(said: str) -> str:
        heard_by_model.add(said)
        return obedient(said)

    lessons.hear(state, wrong_answers(EXAMPLES[:4]), Rules(rule), seed=0)  # type: ignore[arg-type]
    (trial,) = state.tried.values()
    assert "`deadline=`" in trial.lesson.heuristic
    assert heard_by_model == {"", f"# {foreign.heuristic}\n"}
    assert drawn(state, 100, random.Random(0)) == []


def test_the_control_tries_nothing_while_there_is_nothing_else_to_say() -> None:
    state = heard(Lessons(EXAMPLES, night=0, shuffled=True), Rules(obedient), rounds=2)
    assert (state.tried, state.answers) == ({}, 0)
    assert len(state.waiting) == 1


def test_a_lesson_stands_before_the_other_snippets() -> None:
    told = with_lessons(EXAMPLES[0], ["Calls of `fetch` here pass `deadline=`."])
    assert told.snippets[0].text == "# Calls of `fetch` here pass `deadline=`.\n"
    assert with_lessons(EXAMPLES[0], []) == EXAMPLES[0]
