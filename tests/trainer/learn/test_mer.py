"""The learner, on a tiny model."""

import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
import torch
from safetensors.torch import load_file
from tiny_models import SMALL, Clock, example, killed_after, tiny_model

from understudy_protocol.errors import ConfigError
from understudy_releases.adapter import check_adapter
from understudy_releases.fingerprint import linear_modules
from understudy_trainer.curriculum.example import Unit
from understudy_trainer.learn.checkpoint import CheckpointError, Position
from understudy_trainer.learn.learner import reptile
from understudy_trainer.learn.losses import losses, mean_loss
from understudy_trainer.learn.mer import Step, Trained, train
from understudy_trainer.learn.rendering import load_form
from understudy_trainer.learn.replay import Replay
from understudy_trainer.learn.rows import Source
from understudy_trainer.learn.settings import LearnerSettings

EXAMPLES = [example(number) for number in range(8)]
OLD = tuple(example(number, unit="design") for number in range(100, 110))
ANCHORS = tuple(example(number, unit="runtime") for number in range(200, 205))
WEIGHTS = "adapter_model.safetensors"


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("model"))


def night(
    base: Path,
    folder: Path,
    *,
    settings: LearnerSettings = SMALL,
    parent: Path | None = None,
    replay: Replay = Replay(),  # noqa: B008  (a value that nothing changes)
    budget_s: float = 1000.0,
    progress: Callable[[Step], None] = lambda step: None,
    clock: Callable[[], float] | None = None,
) -> Trained:
    return train(
        EXAMPLES,
        base=base,
        parent=parent,
        replay=replay,
        settings=settings,
        budget_s=budget_s,
        folder=folder,
        seed=3,
        progress=progress,
        clock=clock or Clock(),
    )


def long(settings: LearnerSettings = SMALL, *, passes: int = 6) -> LearnerSettings:
    return msgspec.structs.replace(settings, passes=passes)


@pytest.mark.parametrize("optimiser", ["adamw", "muon"])
def test_what_was_trained_becomes_more_probable_and_the_gateway_takes_it(
    base: Path, tmp_path: Path, optimiser: Any
) -> None:
    settings = msgspec.structs.replace(
        long(passes=20), optimiser=optimiser, learning_rate=2e-2, reptile_every=0
    )
    done = night(base, tmp_path, settings=settings)
    check_adapter(done.folder, max_rank=64, modules=linear_modules(base))
    before = mean_loss(losses(EXAMPLES, base=base, repository="shop"))
    after = mean_loss(losses(EXAMPLES, base=base, adapter=done.folder, repository="shop"))
    assert after < before - 0.5
    assert done.report.ended_by == "passes"
    assert done.report.examples == {"implementation": 8}
    curve = done.report.position.losses
    assert [each.step for each in curve] == list(range(1, done.report.position.step + 1))


@pytest.mark.parametrize("optimiser", ["adamw", "muon"])
@pytest.mark.parametrize("steps", [1, 2, 3, 5])
def test_a_killed_night_ends_with_the_same_bytes(
    base: Path, tmp_path: Path, steps: int, optimiser: Any
) -> None:
    replay = Replay(old=OLD, anchors=ANCHORS)
    settings = msgspec.structs.replace(long(), optimiser=optimiser, replay_share=0.5)
    whole = night(base, tmp_path / "whole", settings=settings, replay=replay)
    with pytest.raises(KeyboardInterrupt):
        night(
            base,
            tmp_path / "killed",
            settings=settings,
            replay=replay,
            progress=killed_after(steps),
        )
    resumed = night(base, tmp_path / "killed", settings=settings, replay=replay)
    assert (resumed.folder / WEIGHTS).read_bytes() == (whole.folder / WEIGHTS).read_bytes()
    assert resumed.report.position.losses == whole.report.position.losses


def test_a_night_killed_by_the_kernel_goes_on(base: Path, tmp_path: Path) -> None:
    script = Path(__file__).parents[2] / "killed_night.py"
    command = [sys.executable, str(script), str(base), str(tmp_path / "killed")]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    assert (tmp_path / "killed" / "checkpoint").exists()
    steps: list[Step] = []
    resumed = night(base, tmp_path / "killed", settings=long(), progress=steps.append)
    whole = night(base, tmp_path / "whole", settings=long())
    assert steps[0].number > 1
    assert (resumed.folder / WEIGHTS).read_bytes() == (whole.folder / WEIGHTS).read_bytes()


def test_a_finished_night_is_not_done_again(base: Path, tmp_path: Path) -> None:
    first = night(base, tmp_path)
    steps: list[Step] = []
    again = night(base, tmp_path, progress=steps.append)
    assert not steps
    assert msgspec.json.encode(again.report) == msgspec.json.encode(first.report)
    assert not (tmp_path / "checkpoint").exists()


def test_the_budget_is_kept_and_the_learning_rate_still_falls(base: Path, tmp_path: Path) -> None:
    clock = SlowClock(0.25)
    done = night(
        base, tmp_path, settings=long(passes=200), budget_s=60, clock=clock, progress=clock.step
    )
    assert done.report.ended_by == "budget"
    assert done.report.position.total < done.report.position.wanted
    assert 54 <= done.report.position.elapsed <= 66
    assert done.report.position.step == done.report.position.total


class SlowClock(Clock):
    """Goes on a little each time that somebody looks."""

    def __call__(self) -> float:
        self.now += self.seconds_per_step
        return self.now

    def step(self, step: Step) -> None:
        self.steps.append(step)


class UnevenClock(Clock):
    """Goes on by `slow` times as much from `begin` to `end`, and looks are what takes time."""

    def __init__(self, *, begin: float, end: float, slow: float) -> None:
        super().__init__(0.05)
        self.begin, self.end, self.slow = begin, end, slow

    def __call__(self) -> float:
        held_up = self.begin <= self.now < self.end
        self.now += self.seconds_per_step * (self.slow if held_up else 1.0)
        return self.now


@pytest.mark.parametrize(
    ("begin", "end", "slow"),
    [
        (54, 1000, 4),  # the last tenth is slow
        (54, 1000, 15),
        (58.5, 1000, 15),  # the last step is
        (30, 31, 400),  # one look in the middle takes a third
        (10, 20, 8),
    ],
)
def test_the_budget_is_kept_to_a_tenth_whenever_the_machine_is_slow(
    base: Path, tmp_path: Path, begin: float, end: float, slow: float
) -> None:
    clock = UnevenClock(begin=begin, end=end, slow=slow)
    done = night(base, tmp_path, settings=long(passes=200), budget_s=60, clock=clock)
    assert 54 <= done.report.position.elapsed <= 66
    assert done.report.ended_by == "budget"
    assert done.report.position.step == done.report.position.total
    assert len(done.report.position.losses) == done.report.position.step


def test_a_step_that_was_given_up_leaves_no_trace(base: Path, tmp_path: Path) -> None:
    """The rows of a report are those of its steps."""
    clock = UnevenClock(begin=58.5, end=1000, slow=25)
    done = night(base, tmp_path, settings=long(passes=200), budget_s=60, clock=clock)
    assert done.report.position.rows == SMALL.rows_per_step * done.report.position.step


def test_reptile_goes_a_part_of_the_way() -> None:
    start, moved = torch.tensor([1.0, -2.0]), torch.tensor([3.0, 2.0])
    reptile([moved], [start], 0.25)
    assert moved.tolist() == [1.5, -1.0]
    assert start.tolist() == [1.5, -1.0]


def test_reptile_of_one_stretch_is_the_night_without_it_brought_nearer_to_its_start(
    base: Path, tmp_path: Path
) -> None:
    every = msgspec.structs.replace(SMALL, reptile_every=1000, reptile_epsilon=0.5)
    none = msgspec.structs.replace(SMALL, reptile_every=0)
    still = msgspec.structs.replace(SMALL, reptile_every=1000, reptile_epsilon=0.0)
    with_it = load_file(night(base, tmp_path / "with", settings=every).folder / WEIGHTS)
    without = load_file(night(base, tmp_path / "without", settings=none).folder / WEIGHTS)
    start = load_file(night(base, tmp_path / "start", settings=still).folder / WEIGHTS)
    for name, tensor in with_it.items():
        wanted = start[name] + 0.5 * (without[name] - start[name])
        torch.testing.assert_close(tensor, wanted)
    assert any(not torch.equal(without[name], start[name]) for name in start)


def test_a_night_goes_on_from_its_parent(base: Path, tmp_path: Path) -> None:
    first = night(base, tmp_path / "first")
    still = msgspec.structs.replace(SMALL, rank=2, reptile_every=1000, reptile_epsilon=0.0)
    second = night(base, tmp_path / "second", settings=still, parent=first.folder)
    assert second.report.rank == 4
    parent, child = load_file(first.folder / WEIGHTS), load_file(second.folder / WEIGHTS)
    assert all(torch.equal(parent[name], child[name]) for name in parent)


def test_rows_are_replayed_in_exact_shares(base: Path) -> None:
    settings = msgspec.structs.replace(SMALL, rows_per_step=4, replay_share=0.25)
    replay = Replay(old=OLD, anchors=ANCHORS)
    source = Source(EXAMPLES, replay, load_form(base), settings, seed=0)
    at = Position(night="", numbers="float32", total=0, wanted=0)
    rows = [row for _ in range(50) for row in source.next_step(at)]
    assert sum(row.replayed for row in rows) == 50
    assert {unit for row in rows if not row.replayed for unit in row.row.units} == {
        "implementation"
    }
    assert at.anchors == pytest.approx(at.replayed * 0.2, abs=1)
    assert at.old + at.anchors == at.replayed


@pytest.mark.parametrize(
    ("unit", "is_learned"),
    [("implementation", True), ("evolution", True), ("experience", False), ("lessons", False)],
)
def test_text_around_is_learned_where_it_is_the_repository_s_own(
    base: Path, unit: Unit, is_learned: bool
) -> None:
    source = Source([example(0, unit=unit)], Replay(), load_form(base), SMALL, seed=0)
    at = Position(night="", numbers="float32", total=0, wanted=0)
    (row, _), *_ = source.next_step(at)
    assert (len(row.counted) > len(row.middles)) is is_learned
    assert set(row.weights) == ({0.1, 1.0} if is_learned else {1.0})


def test_without_anything_to_replay_all_rows_are_new(base: Path) -> None:
    settings = msgspec.structs.replace(SMALL, replay_share=0.5)
    source = Source(EXAMPLES, Replay(), load_form(base), settings, seed=0)
    at = Position(night="", numbers="float32", total=0, wanted=0)
    assert not any(row.replayed for _ in range(5) for row in source.next_step(at))


def test_each_pass_goes_over_every_example_once(base: Path) -> None:
    source = Source(EXAMPLES, Replay(), load_form(base), SMALL, seed=0)
    at = Position(night="", numbers="float32", total=0, wanted=0)
    seen = 0
    while at.new < 3 * len(EXAMPLES):
        seen += sum(len(row.row.units) for row in source.next_step(at))
    assert seen == at.new
    assert at.too_long == 0


def test_middles_that_do_not_fit_are_counted_and_left_out(base: Path) -> None:
    big = msgspec.structs.replace(example(1), middle="x = 1\n" * 500)
    source = Source([*EXAMPLES, big], Replay(), load_form(base), SMALL, seed=0)
    at = Position(night="", numbers="float32", total=0, wanted=0)
    while at.new < 9:
        source.next_step(at)
    assert at.too_long == 1


def test_nothing_new_is_no_step_and_the_adapter_is_still_one(base: Path, tmp_path: Path) -> None:
    done = train(
        [],
        base=base,
        parent=None,
        replay=Replay(),
        settings=SMALL,
        budget_s=10,
        folder=tmp_path,
        seed=0,
        progress=lambda step: None,
    )
    assert done.report.position.step == 0
    check_adapter(done.folder, modules=linear_modules(base))


def test_all_weights_can_be_trained_and_give_a_model_of_its_own(base: Path, tmp_path: Path) -> None:
    settings = msgspec.structs.replace(long(passes=10), mode="full", learning_rate=5e-3)
    done = night(base, tmp_path, settings=settings)
    before = mean_loss(losses(EXAMPLES, base=base, repository="shop", fim_format="prompter"))
    after = mean_loss(losses(EXAMPLES, base=done.folder, repository="shop", fim_format="prompter"))
    assert done.report.rank == 0
    assert after < before - 0.5


def test_a_base_model_that_is_not_there_is_refused(base: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        night(tmp_path / "prompter-none", tmp_path / "night")
    assert caught.value.remedy
    unknown = tmp_path / "prompter-unknown"
    shutil.copytree(base, unknown)
    (unknown / "config.json").write_text('{"model_type": "of tomorrow"}')
    with pytest.raises(ConfigError, match="cannot be loaded"):
        night(unknown, tmp_path / "night")


def test_damaged_weights_of_a_base_model_are_refused(base: Path, tmp_path: Path) -> None:
    broken = tmp_path / "prompter-broken"
    shutil.copytree(base, broken)
    (broken / "model.safetensors").write_bytes(b"nothing")
    with pytest.raises(ConfigError, match="cannot be read"):
        night(broken, tmp_path / "night")


@pytest.mark.parametrize(("seed", "width"), [(1, 16), (0, 24)])
def test_a_parent_of_another_base_is_refused(
    base: Path, tmp_path: Path, seed: int, width: int
) -> None:
    other = tiny_model(tmp_path, seed=seed, width=width)
    parent = night(other, tmp_path / "first").folder
    with pytest.raises(ConfigError, match="another base model"):
        night(base, tmp_path / "second", parent=parent)
    with pytest.raises(ConfigError, match="another base model"):
        losses(EXAMPLES, base=base, adapter=parent)


def test_a_folder_that_is_no_adapter_is_refused(base: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        night(base, tmp_path / "night", parent=tmp_path)


@pytest.mark.parametrize("place", [0, 40, -1])
def test_a_damaged_checkpoint_is_refused(base: Path, tmp_path: Path, place: int) -> None:
    with pytest.raises(KeyboardInterrupt):
        night(base, tmp_path, settings=long(), progress=killed_after(3))
    path = tmp_path / "checkpoint"
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)
    with pytest.raises(CheckpointError) as caught:
        night(base, tmp_path, settings=long())
    assert "damaged" in caught.value.problem
    assert "Delete it" in caught.value.remedy


def test_a_checkpoint_of_another_night_is_refused(base: Path, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        night(base, tmp_path, settings=long(), progress=killed_after(3))
    with pytest.raises(CheckpointError, match="other examples"):
        night(base, tmp_path, settings=long(passes=7))


def test_a_step_that_is_no_number_does_not_spoil_the_night(base: Path, tmp_path: Path) -> None:
    broken = msgspec.structs.replace(example(50), weight=float("inf"))
    done = train(
        [*(example(number) for number in range(30)), broken],
        base=base,
        parent=None,
        replay=Replay(),
        settings=msgspec.structs.replace(SMALL, reptile_every=0),
        budget_s=1000.0,
        folder=tmp_path,
        seed=3,
        progress=lambda step: None,
        clock=Clock(),
    )
    assert 0 < done.report.position.skipped < done.report.position.step
    learned = load_file(done.folder / WEIGHTS)
    assert all(bool(each.isfinite().all()) for each in learned.values())
    # The other steps were taken: B begins at zero.
    assert any(bool(each.any()) for name, each in learned.items() if "lora_B" in name)
