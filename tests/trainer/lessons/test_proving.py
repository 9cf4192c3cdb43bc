"""Which lessons are kept, with a model that is played by chance."""

import random
from collections.abc import Sequence

from lessons_learned import lesson
from task_sets import hole

from understudy_protocol.lesson import Evidence, Lesson, Scope
from understudy_trainer.lessons.proving import ABOUT, EACH, HOLES, STAYS, tried
from understudy_trainer.repoworld.hole import Hole

PLANTED = 200
FALSE_KEPT = 0.05 * PLANTED


class Model:
    """Answers rightly by chance: each hole is as easy as it is, and a hint flips it, or not."""

    def __init__(self, dice: random.Random, *, hint: str | None, easy: tuple[float, float]) -> None:
        self._dice = dice
        self._hint = hint
        self._easy = easy
        self._shares: dict[str, float] = {}
        self.asked: list[tuple[str, str | None, int]] = []

    def __call__(self, hole: Hole, lesson: str | None, count: int) -> Sequence[str]:
        self.asked.append((hole.id, lesson, count))
        share = self._shares.setdefault(hole.id, self._dice.uniform(*self._easy))
        if lesson is not None and lesson == self._hint:
            share = 1 - share
        return [hole.middle if self._dice.random() < share else "url" for _ in range(count)]


def call(number: int) -> Hole:
    """A hole among the arguments of `get`."""
    return hole(f"url, timeout={number}", prefix="def f(url):\n    return get(", suffix=")\n")


def kept_of_planted(*, works: bool, easy: tuple[float, float]) -> int:
    kept = 0
    for seed in range(PLANTED):
        dice = random.Random(seed)
        one = lesson()
        model = Model(dice, hint=one.heuristic if works else None, easy=easy)
        holes = [call(number) for number in range(dice.randint(1, HOLES))]
        kept += tried(one, holes, rollouts=model, night=1).is_kept
    return kept


def staying_of_planted(*, works: bool) -> int:
    stay = 0
    for seed in range(PLANTED):
        dice = random.Random(seed)
        model = Model(dice, hint=lesson().heuristic if works else None, easy=(0.0, 0.3))
        holes = [call(number) for number in range(dice.randint(1, HOLES))]
        stay += tried(lesson(), holes, rollouts=model, night=1).may_stay
    return stay


def test_false_lessons_are_rejected_however_easy_the_holes_are() -> None:
    for easy in ((0.0, 0.2), (0.2, 0.8), (0.4, 0.6), (0.8, 1.0)):
        assert kept_of_planted(works=False, easy=easy) <= FALSE_KEPT


def test_lessons_that_harm_are_rejected() -> None:
    assert kept_of_planted(works=True, easy=(0.7, 0.9)) <= FALSE_KEPT


def test_true_lessons_are_kept_although_the_model_is_noisy() -> None:
    assert kept_of_planted(works=True, easy=(0.0, 0.3)) >= 0.8 * PLANTED


def test_of_lessons_tried_again_those_that_help_stay_and_most_others_leave() -> None:
    assert staying_of_planted(works=True) >= 0.95 * PLANTED
    assert staying_of_planted(works=False) <= STAYS * PLANTED


def test_a_lesson_that_could_not_be_tried_may_stay() -> None:
    model = Model(random.Random(1), hint=None, easy=(0.5, 0.5))
    made = tried(lesson(), [], rollouts=model, night=1)
    assert made.may_stay


def test_it_is_asked_as_often_with_the_lesson_as_without() -> None:
    one, model = lesson(), Model(random.Random(1), hint=None, easy=(0.5, 0.5))
    made = tried(one, [call(1), call(2)], rollouts=model, night=7)
    for each in (call(1), call(2)):
        assert (each.id, one.heuristic, EACH) in model.asked
        assert (each.id, None, EACH) in model.asked
    assert made.holes == 2
    assert made.lesson.without.asked == made.lesson.informed.asked == 2 * EACH
    assert made.lesson.night == 7
    assert made.lesson.id == one.id


def test_the_holes_it_came_from_are_asked_only_if_there_are_no_others() -> None:
    assert asked([call(1), call(2)], of=of_hole(call(1))) == {call(2).id}
    assert asked([call(1)], of=of_hole(call(1))) == {call(1).id}


def test_no_more_holes_are_asked_than_a_night_can_pay() -> None:
    holes = [call(number) for number in range(3 * HOLES)]
    assert len(asked(holes)) == HOLES
    assert asked(holes) == asked(holes[::-1])


def test_most_are_asked_where_a_name_of_the_lesson_is_written_and_some_elsewhere() -> None:
    one = lesson(
        heuristic="Here `audit` is called, not `log`.", scope=Scope("python", names=("audit",))
    )
    prefix = "from shop import audit, log\n\n\ndef f(item):\n    "
    about = [hole(f"audit(item, {number})", prefix=prefix, suffix="\n") for number in range(9)]
    others = [hole(f"return item + {number}", prefix=prefix, suffix="\n") for number in range(90)]
    found = asked([*others, *about], of=one)
    assert len(found) == HOLES
    assert len(found & {each.id for each in about}) == ABOUT


def test_holes_that_it_does_not_hold_at_or_would_fill_itself_are_not_asked() -> None:
    elsewhere = hole("url, timeout=5", prefix="def f(url):\n    return post(", suffix=")\n")
    given_away = hole("timeout", prefix="def f(url):\n    return get(url, ", suffix=")\n")
    assert asked([elsewhere, given_away]) == set()


def test_a_lesson_that_nothing_was_asked_for_is_not_kept() -> None:
    model = Model(random.Random(1), hint=None, easy=(0.5, 0.5))
    made = tried(lesson(), [], rollouts=model, night=1)
    assert not made.is_kept
    assert made.lesson.without.share is None


def test_a_model_that_answers_nothing_keeps_nothing() -> None:
    def silent(hole: Hole, lesson: str | None, count: int) -> Sequence[str]:
        return ()

    assert not tried(lesson(), [call(1)], rollouts=silent, night=1).is_kept


def of_hole(source: Hole) -> Lesson:
    return lesson(evidence=(Evidence(source.id, source.path, "c0ffee"),))


def asked(holes: Sequence[Hole], *, of: Lesson | None = None) -> set[str]:
    model = Model(random.Random(1), hint=None, easy=(0.5, 0.5))
    tried(of or lesson(), holes, rollouts=model, night=1)
    return {hole for hole, *_ in model.asked}
