"""The learner of reinforcement, with a tiny model and real rewards."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from tiny_models import SMALL, example, tiny_model

from understudy_trainer.learn.adapter import WEIGHTS
from understudy_trainer.learn.checkpoint import CHECKPOINT, CheckpointError
from understudy_trainer.learn.mer import train
from understudy_trainer.learn.replay import Replay
from understudy_trainer.reinforce.groups import Candidate, Group, Origin
from understudy_trainer.reinforce.mel import Practice, Reinforced, Report, reinforce
from understudy_trainer.reinforce.pairs import Pair
from understudy_trainer.reinforce.policy import Policy
from understudy_trainer.reinforce.practised_lessons import Lessons
from understudy_trainer.reinforce.reinforcement import Reinforcement

SETTINGS = Reinforcement(
    holes=3, each=3, rounds=3, prompt_tokens=160, most_tokens=6, least_spread=0.0
)
EXAMPLES = [msgspec.structs.replace(example(number), middle=f"{number}") for number in range(6)]


def practice(**changed: object) -> Practice:
    return Practice(EXAMPLES, {}, (), frozenset())._replace(**changed)


def practised(
    base: Path,
    folder: Path,
    *,
    of: Practice | None = None,
    settings: Reinforcement = SETTINGS,
    progress: Callable[[Policy, Report], None] = lambda policy, report: None,
) -> Reinforced:
    return reinforce(
        practice() if of is None else of,
        base=base,
        parent=None,
        settings=settings,
        learner_settings=SMALL,
        lessons=Lessons(EXAMPLES, night=0),
        budget_s=1000.0,
        folder=folder,
        seed=0,
        progress=progress,
    )


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("model"))


def test_what_is_right_is_written_more_often_after_practice(tmp_path: Path) -> None:
    base = tiny_model(tmp_path, width=64)
    # Learns to write two names, one as often as the other. Only one of them is right.
    names = ("count", "price")
    both = [msgspec.structs.replace(example(0), middle=f"{name}\n") for name in names]
    unsure = train(
        both,
        base=base,
        parent=None,
        replay=Replay(),
        settings=msgspec.structs.replace(SMALL, passes=300, learning_rate=2e-2, reptile_every=0),
        budget_s=1000.0,
        folder=tmp_path / "unsure",
        seed=0,
        progress=lambda step: None,
    ).folder
    written: list[int] = []

    def look(policy: Policy, _: Report) -> None:
        (texts,) = policy.rollouts([policy.prompt(example(0))], each=100, seed=9)
        written.append([each.text for each in texts].count("price"))

    reinforce(
        practice(examples=both[1:]),
        base=base,
        parent=unsure,
        settings=msgspec.structs.replace(SETTINGS, holes=1, each=16, rounds=12, learning_rate=2e-3),
        learner_settings=SMALL,
        lessons=None,
        budget_s=1000.0,
        folder=tmp_path / "practice",
        seed=0,
        progress=look,
    )
    assert 10 < written[0] < 80, written
    assert written[-1] > written[0] + 15


def test_killed_after_a_round_it_ends_with_the_same_bytes(base: Path, tmp_path: Path) -> None:
    whole = practised(base, tmp_path / "whole")

    class Killed(Exception):
        pass

    def kill(_: Policy, report: Report) -> None:
        if len(report.rounds) == 2:
            raise Killed

    with pytest.raises(Killed):
        practised(base, tmp_path / "killed", progress=kill)
    rounds: list[int] = []
    again = practised(
        base, tmp_path / "killed", progress=lambda _, report: rounds.append(len(report.rounds))
    )
    assert rounds == [3]
    assert (again.folder / WEIGHTS).read_bytes() == (whole.folder / WEIGHTS).read_bytes()
    assert again.report.rounds == whole.report.rounds


def test_what_has_ended_is_not_done_again(base: Path, tmp_path: Path) -> None:
    first = practised(base, tmp_path)
    rounds: list[int] = []
    again = practised(base, tmp_path, progress=lambda _, report: rounds.append(1))
    assert rounds == []
    assert again.report.rounds == first.report.rounds


def test_a_checkpoint_of_another_practice_is_refused(base: Path, tmp_path: Path) -> None:
    def kill(_: Policy, report: Report) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        practised(base, tmp_path, progress=kill)
    assert (tmp_path / CHECKPOINT).is_file()
    with pytest.raises(CheckpointError):
        practised(base, tmp_path, of=practice(examples=EXAMPLES[:3]))


def test_with_nothing_to_practise_the_parent_stays_as_it_is(base: Path, tmp_path: Path) -> None:
    parent = train(
        [example(number) for number in range(4)],
        base=base,
        parent=None,
        replay=Replay(),
        settings=SMALL,
        budget_s=1000.0,
        folder=tmp_path / "parent",
        seed=0,
        progress=lambda step: None,
    ).folder
    done = reinforce(
        practice(examples=[]),
        base=base,
        parent=parent,
        settings=SETTINGS,
        learner_settings=SMALL,
        lessons=None,
        budget_s=1000.0,
        folder=tmp_path / "practice",
        seed=0,
        progress=lambda policy, report: None,
    )
    assert done.report.rounds == []
    assert (done.folder / WEIGHTS).read_bytes() == (parent / WEIGHTS).read_bytes()


def test_the_time_is_kept(base: Path, tmp_path: Path) -> None:
    now = [0.0]

    def minute(_: Policy, report: Report) -> None:
        now[0] += 60.0

    done = reinforce(
        practice(),
        base=base,
        parent=None,
        settings=msgspec.structs.replace(SETTINGS, rounds=50),
        learner_settings=SMALL,
        lessons=None,
        budget_s=170.0,
        folder=tmp_path,
        seed=0,
        progress=minute,
        clock=lambda: now[0],
    )
    assert len(done.report.rounds) <= 4


def test_what_people_were_shown_and_refused_is_part_of_it(base: Path, tmp_path: Path) -> None:
    shown = Candidate("price * 2", (5, 6, 7), (-1.0, -1.0, -1.0), -0.2, Origin.SERVED, None)
    broken = Candidate("x", (5,), (float("nan"),), float("nan"), Origin.SERVED, None)
    of = practice(
        served={EXAMPLES[0].id: Group(EXAMPLES[0], (shown, broken))},
        pairs=[Pair(EXAMPLES[0], "price * 2")],
        examples=EXAMPLES[:1],
    )
    done = practised(base, tmp_path, of=of)
    assert len(done.report.parents) == 1
    assert done.report.left_out["candidate: reward is no number"] == 3


def test_killed_by_the_kernel_it_goes_on(base: Path, tmp_path: Path) -> None:
    """The checkpoint is there whole or not at all."""
    program = f"""
import os, signal, sys
from pathlib import Path
sys.path[:0] = [{str(Path(__file__).parent)!r}, {str(Path(__file__).parents[2])!r}]
from test_mel import practised
practised(Path({str(base)!r}), Path({str(tmp_path)!r}),
          progress=lambda policy, report: os.kill(os.getpid(), signal.SIGKILL))
"""
    done = subprocess.run([sys.executable, "-c", program], env=dict(os.environ), check=False)
    assert done.returncode == -signal.SIGKILL
    assert len(practised(base, tmp_path).report.rounds) == SETTINGS.rounds
