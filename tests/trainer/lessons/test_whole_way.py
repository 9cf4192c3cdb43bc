"""From answers to the prompt of the next hole, through every part."""

import random
from collections.abc import Sequence
from pathlib import Path

from lessons_learned import pair

from understudy_protocol.lesson_choice import chosen, snippet_of
from understudy_protocol.lesson_index import index_of
from understudy_trainer.lessons.lesson_book import forget, learn, read_book
from understudy_trainer.lessons.pair import Pair
from understudy_trainer.lessons.proving import spot_at, tried
from understudy_trainer.lessons.templates import lessons_of
from understudy_trainer.repoworld.hole import Hole

PREFIX = "def f(url, uri):\n    return {callee}("


def answers(callee: str, right: str, wrong: str) -> Pair:
    return pair(right, wrong, prefix=PREFIX.format(callee=callee), suffix=")\n")


def obedient(hole: Hole, lesson: str | None, count: int) -> Sequence[str]:
    """Leaves the time limit out as a rule, unless a comment in the prompt asks for one."""
    snippet = snippet_of([lesson] if lesson else [], path=hole.path)
    is_told = snippet is not None and "`timeout=`" in snippet.text
    dice = random.Random(f"{hole.id} {is_told}")
    share = 0.9 if is_told else 0.1
    return [hole.middle if dice.random() < share else "url" for _ in range(count)]


def test_what_helps_is_in_the_next_prompt_and_what_does_not_is_not(tmp_path: Path) -> None:
    pairs = [
        *(answers("get", f"url, timeout={number}", "url") for number in range(4)),
        *(answers("add", f"url, {number}, check=True", f"url, {number}") for number in range(4)),
    ]
    holes = [each.hole for each in pairs]
    found = lessons_of(pairs)
    assert [each.heuristic for each in found] == [
        "Calls of `get` here pass `timeout=`.",
        "Calls of `add` here pass `check=`.",
    ]
    trials = [tried(each, holes, rollouts=obedient, night=1) for each in found]
    assert [trial.is_kept for trial in trials] == [True, False]

    learn(tmp_path, [trial.lesson for trial in trials if trial.is_kept])
    at_get, at_add = (spot_at(hole) for hole in (holes[0], holes[-1]))
    told = chosen(index_of(read_book(tmp_path).lessons), at_get)
    assert [each.heuristic for each in told] == ["Calls of `get` here pass `timeout=`."]
    assert chosen(index_of(read_book(tmp_path).lessons), at_add) == []

    forget(tmp_path, told[0].id)
    learn(tmp_path, [trials[0].lesson])
    assert chosen(index_of(read_book(tmp_path).lessons), at_get) == []
