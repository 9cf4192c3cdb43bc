"""The learner of reinforcement, with a tiny model and real rewards."""

import math
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
import torch
from safetensors.torch import load_file
from tiny_models import BY_HEART, SMALL, adapter_of, example, tiny_model

from understudy_protocol.errors import ConfigError
from understudy_protocol.lesson import Lesson, Scope
from understudy_trainer.curriculum.example import Example
from understudy_trainer.learn.adapter import WEIGHTS
from understudy_trainer.learn.checkpoint import (
    CHECKPOINT,
    CheckpointError,
    read_checkpoint,
    write_checkpoint,
)
from understudy_trainer.learn.rendering import load_form, prompt_of
from understudy_trainer.reinforce.groups import Candidate, Group, Origin
from understudy_trainer.reinforce.mel import Practice, Reinforced, Report, reinforce
from understudy_trainer.reinforce.pairs import Pair
from understudy_trainer.reinforce.policy import Policy
from understudy_trainer.reinforce.practised_lessons import Lessons
from understudy_trainer.reinforce.reinforcement import Reinforcement
from understudy_trainer.repoworld.hole import Hole
from understudy_trainer.repoworld.trial import NO_SANDBOX, NotRun

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
    parent: Path | None = None,
    settings: Reinforcement = SETTINGS,
    lessons: Lessons | None = None,
    progress: Callable[[Policy, Report], None] = lambda policy, report: None,
) -> Reinforced:
    return reinforce(
        practice() if of is None else of,
        base=base,
        parent=parent,
        settings=settings,
        learner_settings=SMALL,
        lessons=Lessons(EXAMPLES, night=0) if lessons is None else lessons,
        budget_s=1000.0,
        folder=folder,
        seed=0,
        progress=progress,
    )


def shown(at: Example, base: Path, **changed: object) -> Candidate:
    """What people were shown there, behind the prompt that the gateway would have asked with."""
    prompt = prompt_of(at, load_form(base), repository="shop", prompt_tokens=1024)
    made = Candidate(
        "price * 2",
        (5, 6, 7),
        (-1.0, -1.0, -1.0),
        1.0,
        Origin.SERVED,
        None,
        prompt_tokens=len(prompt.ids),
    )
    return msgspec.structs.replace(made, **changed)


def an_adapter(base: Path, folder: Path, *, seed: int = 0) -> Path:
    examples = [example(number) for number in range(4)]
    return adapter_of(examples, base=base, folder=folder, seed=seed)


def kill(_: Policy, report: Report) -> None:
    raise KeyboardInterrupt


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("model"))


def test_what_is_right_is_written_more_often_after_practice(tmp_path: Path) -> None:
    base = tiny_model(tmp_path, width=64)
    # Learns to write two names, one as often as the other. Only one of them is right.
    names = ("count", "price")
    line = msgspec.structs.replace(example(0), suffix=f"\n{example(0).suffix}")
    both = [msgspec.structs.replace(line, middle=name) for name in names]
    unsure = adapter_of(both, base=base, folder=tmp_path / "unsure", **{**BY_HEART, "passes": 300})
    written: list[int] = []

    def look(policy: Policy, _: Report) -> None:
        (texts,) = policy.rollouts([policy.prompt(line)], each=100, seed=9)
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
    with pytest.raises(KeyboardInterrupt):
        practised(base, tmp_path, progress=kill)
    assert (tmp_path / CHECKPOINT).is_file()
    with pytest.raises(CheckpointError):
        practised(base, tmp_path, of=practice(examples=EXAMPLES[:3]))


def test_of_a_candidate_that_was_learned_anew_nothing_is_gone_on_from(
    base: Path, tmp_path: Path
) -> None:
    """It lies at the same path as the one before it."""
    parent, folder = an_adapter(base, tmp_path / "parent"), tmp_path / "practice"
    with pytest.raises(KeyboardInterrupt):
        practised(base, folder, parent=parent, progress=kill)
    other = an_adapter(base, tmp_path / "other", seed=1)
    shutil.copyfile(other / WEIGHTS, parent / WEIGHTS)
    with pytest.raises(CheckpointError):
        practised(base, folder, parent=parent)
    (folder / CHECKPOINT).unlink()
    first = practised(base, folder, parent=parent)
    shutil.rmtree(parent)
    shutil.copytree(an_adapter(base, tmp_path / "third", seed=2), parent)
    rounds: list[int] = []
    again = practised(base, folder, parent=parent, progress=lambda _, report: rounds.append(1))
    assert len(rounds) == SETTINGS.rounds
    assert again.report.night != first.report.night


def test_with_other_lessons_it_is_another_practice(base: Path, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        practised(base, tmp_path, progress=kill)
    known = Lesson("Say `count`.", "It was not said.", Scope("python"), ())
    with pytest.raises(CheckpointError):
        practised(base, tmp_path, lessons=Lessons(EXAMPLES, night=0, known=[known]))


def test_a_parent_that_is_not_there_is_told(base: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nowhere"):
        practised(base, tmp_path, parent=tmp_path / "nowhere")


def test_a_gradient_that_is_no_number_costs_its_round_alone(base: Path, tmp_path: Path) -> None:
    of = practice(pairs=[Pair(EXAMPLES[0], "price * 2")])
    broken = msgspec.structs.replace(SETTINGS, preference_weight=math.nan)
    done = practised(base, tmp_path, of=of, settings=broken)
    assert done.report.skipped == SETTINGS.rounds
    learned = load_file(done.folder / WEIGHTS)
    assert all(bool(each.isfinite().all()) for each in learned.values())


def test_a_checkpoint_whose_weights_are_no_numbers_is_refused(base: Path, tmp_path: Path) -> None:
    """An older version may have left one, and each try would go on from it."""
    nights: list[str] = []

    def note(_: Policy, report: Report) -> None:
        nights.append(report.night)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        practised(base, tmp_path, progress=note)
    kept = read_checkpoint(tmp_path, night=nights[0], kind=Report)
    assert kept is not None
    report, tensors = kept
    broken = {name: torch.full_like(each, math.nan) for name, each in tensors.items()}
    write_checkpoint(tmp_path, report, broken)
    with pytest.raises(CheckpointError, match="numbers"):
        practised(base, tmp_path)


def test_half_of_a_round_are_holes_where_people_were_shown_something(
    base: Path, tmp_path: Path
) -> None:
    many = [msgspec.structs.replace(example(number), middle=f"{number}") for number in range(300)]
    served = {each.id: Group(each, (shown(each, base),)) for each in many[:2]}
    four = msgspec.structs.replace(SETTINGS, holes=4, each=2)
    done = practised(base, tmp_path, of=practice(examples=many, served=served), settings=four)
    # What people were shown was right, and the others are wrong, so that every such group teaches.
    assert [each.served for each in done.report.rounds] == [2, 2, 2]
    assert [each.asked for each in done.report.rounds] == [8, 8, 8]


def test_where_nothing_else_is_practised_all_holes_are_such(base: Path, tmp_path: Path) -> None:
    served = {each.id: Group(each, (shown(each, base),)) for each in EXAMPLES}
    # Some stand among the curriculum's examples as well.
    of = practice(examples=[*EXAMPLES, *EXAMPLES[:4]], served=served)
    done = practised(base, tmp_path, of=of)
    assert [each.served for each in done.report.rounds] == [3, 3, 3]


def test_what_was_served_behind_a_prompt_that_is_another_now_is_not_compared(
    base: Path, tmp_path: Path
) -> None:
    made = shown(EXAMPLES[0], base)
    other = msgspec.structs.replace(made, prompt_tokens=made.prompt_tokens + 1)
    unknown = msgspec.structs.replace(made, prompt_tokens=0)
    of = practice(
        served={EXAMPLES[0].id: Group(EXAMPLES[0], (other, unknown))}, examples=EXAMPLES[:1]
    )
    report = practised(base, tmp_path, of=of).report
    assert report.left_out["log-probabilities: the prompt is another"] == 6
    assert report.left_out["candidate: without log-probabilities"] == 6
    assert [each.served for each in report.rounds] == [0, 0, 0]


def test_with_nothing_to_practise_the_parent_stays_as_it_is(base: Path, tmp_path: Path) -> None:
    parent = an_adapter(base, tmp_path / "parent")
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
    # After the third 170 s are over, and after the second another one would have fitted.
    assert len(done.report.rounds) == 3


def test_what_passes_the_tests_is_right(tmp_path: Path) -> None:
    asked: list[str | None] = []

    def passes(hole: Hole, text: str | None) -> bool:
        asked.append(text)
        return True

    def right(of: Practice, folder: str) -> list[float]:
        done = practised(base, tmp_path / folder, of=of, parent=parent, settings=settings)
        return [each.right for each in done.report.rounds]

    base = tiny_model(tmp_path, width=64)
    settings = msgspec.structs.replace(SETTINGS, holes=1, each=16)
    learned = msgspec.structs.replace(example(0), middle="count", suffix="\n")
    parent = adapter_of(
        [learned], base=base, folder=tmp_path / "learned", **{**BY_HEART, "passes": 300}
    )
    of = practice(examples=[msgspec.structs.replace(learned, middle="price")], known={"count"})
    assert right(of, "without") == [0.0, 0.0, 0.0]
    assert min(right(of._replace(tests=passes), "with")) > 0.2
    # What was said in the first round is known in the others.
    assert asked == [None, "count"]


def test_without_a_sandbox_practice_goes_on(base: Path, tmp_path: Path) -> None:
    def nowhere(hole: Hole, text: str | None) -> bool:
        raise NotRun(NO_SANDBOX)

    with_tests = practised(
        base, tmp_path / "with", of=practice(tests=nowhere, known=Everything())
    ).report
    assert len(with_tests.rounds) == SETTINGS.rounds
    without = practised(base, tmp_path / "without", of=practice(known=Everything())).report
    assert with_tests.rounds == without.rounds


class Everything:
    """Names, as if the repository defined all there are."""

    def __contains__(self, name: object) -> bool:
        return True


def test_what_people_were_shown_and_refused_is_part_of_it(base: Path, tmp_path: Path) -> None:
    refused = shown(EXAMPLES[0], base, reward=-0.2)
    broken = shown(EXAMPLES[0], base, text="x", reward=math.nan)
    of = practice(
        served={EXAMPLES[0].id: Group(EXAMPLES[0], (refused, broken))},
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
