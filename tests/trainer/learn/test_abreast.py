"""Rows on threads of their own: the same results, in order, whatever the machine."""

import threading
from pathlib import Path

import pytest
import torch
from tiny_models import SMALL, tiny_model

from understudy_releases.fingerprint import fingerprint
from understudy_trainer.learn.abreast import abreast, pieces_for
from understudy_trainer.learn.base_model import load_base
from understudy_trainer.learn.checkpoint import Seconds
from understudy_trainer.learn.learner import OutOfTime, gradients, new_learner
from understudy_trainer.learn.packing import Row
from understudy_trainer.learn.rendering import Rendered
from understudy_trainer.learn.rows import StepRow


@pytest.fixture
def two_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def rows() -> list[StepRow]:
    found: list[StepRow] = []
    for at in range(4):
        row = Row()
        row.put(Rendered([(7 * at + place) % 60 for place in range(24)], 12))
        found.append(StepRow(row, replayed=at == 3))
    return found


def test_results_are_in_the_order_of_the_pieces_and_pieces_run_at_once(two_threads: None) -> None:
    both = threading.Barrier(2, timeout=10)

    def work(item: int) -> tuple[int, int]:
        both.wait()  # breaks if the other does not run meanwhile
        return item * item, torch.get_num_threads()

    assert abreast(work, [1, 2, 3, 4], pieces=2) == [(1, 1), (4, 1), (9, 1), (16, 1)]
    assert torch.get_num_threads() == 2


def test_what_a_piece_raises_is_raised_and_the_threads_are_given_back(two_threads: None) -> None:
    def work(item: int) -> int:
        raise ValueError(str(item))

    with pytest.raises(ValueError, match="1"):
        abreast(work, [1, 2], pieces=2)
    assert torch.get_num_threads() == 2


def test_no_piece_waits_for_a_round_that_the_others_do_not_need(
    two_threads: None, tmp_path: Path
) -> None:
    model = load_base(tiny_model(tmp_path), numbers=torch.float32)
    assert [pieces_for(model, items) for items in range(6)] == [1, 1, 2, 2, 2, 2]


def test_gradients_are_the_same_bits_with_rows_abreast_and_one_after_the_other(
    two_threads: None, tmp_path: Path
) -> None:
    base = tiny_model(tmp_path)
    learner = new_learner(base, SMALL, parent=None, digest=fingerprint(base), seed=0)
    found: list[dict[str, torch.Tensor]] = []
    means: list[object] = []
    for threads in (2, 1):
        torch.set_num_threads(threads)
        seconds = Seconds()
        means.append(gradients(learner, rows(), seconds, iter(range(1000)).__next__))
        assert seconds.forward > 0
        assert seconds.backward > 0
        grads = {name: each.grad for name, each in learner.masters.items()}
        found.append({name: each.clone() for name, each in grads.items() if each is not None})
        learner.forget_gradients()
    assert means[0] == means[1]
    assert found[0]
    torch.testing.assert_close(found[0], found[1], rtol=0, atol=0)


def test_a_step_that_runs_out_of_time_leaves_no_gradient(two_threads: None, tmp_path: Path) -> None:
    base = tiny_model(tmp_path)
    learner = new_learner(base, SMALL, parent=None, digest=fingerprint(base), seed=0)
    with pytest.raises(OutOfTime):
        gradients(learner, rows(), Seconds(), iter(range(1000)).__next__, until=4)
    assert all(each.grad is None for each in learner.masters.values())
