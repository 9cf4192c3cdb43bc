"""Answers that the repository's tests judge."""

from pathlib import Path

import pytest
from task_sets import hole

from understudy_trainer.reinforce.tested import (
    COMMAND_S,
    ROUND_S,
    SLOW,
    Ask,
    Judge,
    Tested,
    ask_in,
    judge_by,
)
from understudy_trainer.repoworld.files import Blob
from understudy_trainer.repoworld.hole import Hole
from understudy_trainer.repoworld.sandbox import Outcome, run_in_sandbox
from understudy_trainer.repoworld.trial import NO_SANDBOX, NotRun

MIX = "def mix(left, right):\n    return left + right\n"
TEST = "from mix import mix\n\n\ndef test_mix():\n    assert mix(1, int(open('two').read())) == 3\n"
BEFORE, _, AFTER = MIX.partition("left + right")
SUM = hole("left + right", path="mix.py", prefix=BEFORE, suffix=AFTER)


class Fake:
    """Tests that tell something everywhere, and pass with what adds. Takes its time."""

    def __init__(self, *, tells: bool = True, takes: float = 1.0, broken: bool = False) -> None:
        self.asked: list[str | None] = []
        self.now = 0.0
        self._tells = tells
        self._takes = takes
        self._broken = broken

    def __call__(self, hole: Hole, text: str | None) -> bool:
        if self._broken:
            raise NotRun(NO_SANDBOX)
        self.asked.append(text)
        self.now += self._takes
        return self._tells if text is None else "+" in text

    def clock(self) -> float:
        return self.now


def judge_of(fake: Fake, tested: Tested | None = None) -> Judge:
    return judge_by(
        fake, Tested() if tested is None else tested, known=frozenset[str](), clock=fake.clock
    )


def test_what_passes_is_told_from_what_fails() -> None:
    judge = judge_of(Fake())
    assert judge(SUM, "right + left") is True
    assert judge(SUM, "left - right") is False


@pytest.mark.parametrize("text", ["left + right", "", "left +", "left + nowhere", "left  +  right"])
def test_what_is_right_already_or_cannot_be_is_not_asked_about(text: str) -> None:
    fake = Fake()
    assert judge_of(fake)(SUM, text) is None
    assert fake.asked == []


def test_what_is_not_python_is_not_asked_about() -> None:
    fake = Fake()
    assert judge_of(fake)(hole("left", language="go"), "right") is None
    assert fake.asked == []


def test_behind_the_line_nothing_is_put_in_its_place() -> None:
    fake = Fake()
    assert judge_of(fake)(SUM, "right + left\n    and more") is True
    assert fake.asked == [None, "right + left"]


def test_where_tests_tell_nothing_no_answer_is_asked_about() -> None:
    fake = Fake(tells=False)
    judge = judge_of(fake)
    assert [judge(SUM, text) for text in ("right + left", "left - right")] == [None, None]
    assert fake.asked == [None]


def test_what_tests_have_said_is_not_asked_again_in_another_round() -> None:
    fake, tested = Fake(), Tested()
    for _ in range(3):
        assert judge_of(fake, tested)(SUM, "right + left") is True
    assert fake.asked == [None, "right + left"]


def test_a_round_begins_no_more_tests_than_it_has_time_for() -> None:
    fake, tested = Fake(takes=0.6 * ROUND_S), Tested()
    judge = judge_of(fake, tested)
    said = [judge(SUM, text) for text in ("right + left", "left - right", "right + left")]
    assert said == [True, None, True]
    assert judge_of(fake, tested)(SUM, "left - right") is False


def test_without_a_sandbox_nothing_is_told_but_why() -> None:
    tested = Tested()
    judge = judge_of(Fake(broken=True), tested)
    assert judge(SUM, "right + left") is None
    assert tested.note == NO_SANDBOX


def asked(folder: Path, by: object) -> Ask:
    beside = [Blob("two", executable=False, content=b"2")]
    return ask_in(folder, {"mix.py": MIX, "test_mix.py": TEST}, beside, sandbox=by)  # type: ignore[arg-type]


@pytest.mark.usefixtures("real_sandbox")
def test_the_tests_of_a_repository_are_run(tmp_path: Path) -> None:
    ask = asked(tmp_path / "tested", run_in_sandbox)
    assert ask(SUM, None)
    assert ask(SUM, "right + left")
    assert not ask(SUM, "left - right")


def test_a_machine_that_is_too_slow_says_nothing_about_an_answer(tmp_path: Path) -> None:
    waited: list[float] = []

    def slow(command: object, *, folder: Path, seconds: float) -> Outcome:
        waited.append(seconds)
        return Outcome(None, "")

    with pytest.raises(NotRun, match=SLOW):
        asked(tmp_path, slow)(SUM, None)
    assert waited == [COMMAND_S]
