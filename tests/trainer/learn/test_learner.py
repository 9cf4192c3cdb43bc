"""What changes while a night learns: steps that are taken, and those that are not."""

import math
from pathlib import Path

import msgspec
import pytest
import torch
from tiny_models import SMALL, tiny_model

from understudy_releases.fingerprint import fingerprint
from understudy_trainer.learn.checkpoint import CheckpointError
from understudy_trainer.learn.learner import Learner, new_learner


@pytest.fixture
def learner(tmp_path: Path) -> Learner:
    base = tiny_model(tmp_path)
    return new_learner(base, SMALL, parent=None, digest=fingerprint(base), seed=0)


def masters(learner: Learner) -> dict[str, torch.Tensor]:
    return {name: each.clone() for name, each in learner.masters.items()}


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_step_whose_gradient_is_no_number_is_not_taken(learner: Learner, value: float) -> None:
    before = masters(learner)
    first = next(iter(learner.masters.values()))
    for each in learner.masters.values():
        each.grad = torch.ones_like(each)
    assert first.grad is not None
    first.grad.view(-1)[0] = value
    assert not learner.update(1e-2)
    torch.testing.assert_close(masters(learner), before, rtol=0, atol=0)
    # The next one is taken, and nothing of this is left in it.
    for each in learner.masters.values():
        each.grad = torch.ones_like(each)
    assert learner.update(1e-2)
    assert all(bool(each.isfinite().all()) for each in learner.state().values())
    assert all(bool((learner.masters[name] < each).all()) for name, each in before.items())


def test_each_step_of_muon_goes_as_far_in_all_directions(tmp_path: Path) -> None:
    base = tiny_model(tmp_path)
    settings = msgspec.structs.replace(SMALL, optimiser="muon")
    learner = new_learner(base, settings, parent=None, digest=fingerprint(base), seed=0)
    before = masters(learner)
    torch.manual_seed(0)
    for each in learner.masters.values():
        # Most of it in one direction.
        each.grad = torch.randn_like(each) + 30 * torch.ones_like(each)
    assert learner.update(1e-2)
    for name, now in learner.masters.items():
        far = torch.linalg.svdvals(now - before[name])
        # Muon's few steps bring singular values to between 0.7 and 1.2 or so of the same length,
        # and 0.2 · √(the longer side) is the length at which a number moves like one of AdamW's.
        length = 1e-2 * 0.2 * max(now.shape) ** 0.5
        assert far.min() > 0.5 * length, name
        assert far.max() < 1.4 * length, name


def test_weights_that_are_no_numbers_are_never_in_a_checkpoint(
    learner: Learner, tmp_path: Path
) -> None:
    good = {name: each.clone() for name, each in learner.state().items()}
    name = next(name for name in good if name.startswith("master/"))
    bad = {**good, name: torch.full_like(good[name], math.nan)}
    with pytest.raises(CheckpointError, match="numbers"):
        learner.put_back(bad, tmp_path)
    learner.put_back(good, tmp_path)
    learner.begin_at({name.removeprefix("master/"): bad[name]})
    with pytest.raises(CheckpointError, match="numbers"):
        learner.state()
