"""Lessons that are made, tried and kept, with a policy that goes by simple rules."""

import random
from collections.abc import Callable, Container, Sequence
from typing import Any, NamedTuple

import msgspec

from understudy_protocol.lesson import Lesson, Scope
from understudy_trainer.curriculum.example import Example
from understudy_trainer.learn.writing import Written
from understudy_trainer.reinforce.groups import Candidate, Group, Origin
from understudy_trainer.reinforce.practised_lessons import (
    SILENT,
    Lessons,
    State,
    drawn,
    with_lessons,
)


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


class Conversing(NamedTuple):
    """`Rules`, and a reply to each question, by the question."""

    rule: Callable[[str], str]
    reply: Callable[[str], str]
    questions: list[str]

    def prompt(self, example: Example) -> str:
        return example.snippets[0].text if example.snippets else ""

    def rollouts(
        self, prompts: Sequence[Any], *, each: int, seed: int, most_tokens: int | None = None
    ) -> list[list[Written]]:
        if most_tokens is None:
            return [[Written([1], [-0.1], self.rule(said))] * each for said in prompts]
        self.questions.extend(asked.text for asked in prompts)
        return [[Written([1], [-0.1], self.reply(asked.text))] * each for asked in prompts]


class Asked(NamedTuple):
    """A question as a prompt."""

    text: str
    ids: range


class Spoken(NamedTuple):
    """A chat in which every question has so many tokens."""

    tokens: int = 500

    def prompt(self, question: str) -> Asked:
        return Asked(question, range(self.tokens))


ONE_MORE = 'as many were asked for", "heuristic": "Ask for one more than is shown."}'


def asked_for_more(noun: str) -> Example:
    """What templates have no sentence for."""
    return msgspec.structs.replace(asked(noun), middle="limit + 1)")


def conversing(
    reply: str,
    *,
    examples: Sequence[str] = NOUNS,
    rounds: int = 1,
    tokens: int = 500,
    forgotten: Container[str] = (),
) -> tuple[State, list[str]]:
    holes = [asked_for_more(noun) for noun in examples]
    policy = Conversing(
        lambda said: "limit + 1)" if "one more" in said else "limit - 1)", lambda _: reply, []
    )
    chat: Any = Spoken(tokens)
    lessons, state = Lessons(holes, night=0, forgotten=forgotten, chat=chat), State()
    candidate = Candidate("limit - 1)", (1,), (-0.1,), -0.2, Origin.ROLLOUT, None)
    for seed in range(rounds):
        groups = [Group(each, (candidate,)) for each in holes[:4]]
        lessons.hear(state, groups, policy, seed=seed)  # type: ignore[arg-type]
    return state, policy.questions


def test_where_templates_have_no_sentence_the_model_is_asked_for_one() -> None:
    state, questions = conversing(ONE_MORE)
    (lesson,) = state.kept
    assert lesson.heuristic == "`fetch`: Ask for one more than is shown."
    assert len(lesson.evidence) == 2
    assert lesson.informed.share == 1.0
    assert lesson.without.share == 0.0
    (said,) = questions
    assert "limit - 1)" in said


def test_it_is_asked_once_about_a_call_however_often_answers_are_wrong_there() -> None:
    _, questions = conversing(ONE_MORE, rounds=5)
    assert len(questions) == 1


def test_once_is_chance_for_its_own_words_too() -> None:
    state, questions = conversing(ONE_MORE, examples=NOUNS[:1])
    assert (state.tried, questions) == ({}, [])


def test_a_question_that_a_small_context_has_no_room_for_is_not_asked() -> None:
    state, questions = conversing(ONE_MORE, tokens=2000)
    assert (state.tried, state.silent, questions) == ({}, 0, [])


def test_what_was_deleted_is_not_said_again_in_its_own_words() -> None:
    (lesson,) = conversing(ONE_MORE)[0].kept
    state, _ = conversing(ONE_MORE, forgotten={lesson.id})
    assert (state.waiting, state.tried) == ({}, {})


def test_a_model_that_does_not_converse_is_given_up() -> None:
    holes = [
        msgspec.structs.replace(
            asked_for_more(noun), prefix=f"def load({noun}):\n    return fetch_{noun}({noun}, "
        )
        for noun in NOUNS * 3
    ]
    policy = Conversing(deaf, lambda _: "def load(", [])
    lessons, state = Lessons(holes, night=0, chat=Spoken()), State()  # type: ignore[arg-type]
    candidate = Candidate("limit - 1)", (1,), (-0.1,), -0.2, Origin.ROLLOUT, None)
    for seed in range(20):
        at = seed % len(NOUNS)
        twice = [holes[at], msgspec.structs.replace(holes[at], path=f"other_{seed}.py")]
        lessons.hear(state, [Group(each, (candidate,)) for each in twice], policy, seed=seed)  # type: ignore[arg-type]
    assert len(policy.questions) == len(NOUNS) == SILENT
    assert state.silent == SILENT
