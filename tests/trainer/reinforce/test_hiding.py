"""Where to hide, and what that costs."""

import numpy as np
import pytest

from understudy_trainer.reinforce.hiding import LOST, Past, at_most, bound, judged


def past(accepted: list[int], *, characters: int = 10, weight: float = 1.0) -> Past:
    taken = np.array(accepted, dtype=bool)
    return Past(
        accepted=taken,
        characters=np.where(taken, float(characters), 0.0),
        weight=np.full(len(taken), weight),
    )


@pytest.mark.parametrize(
    ("share", "many", "most"),
    [(0.0, 100, 0.016), (0.0, 10, 0.141), (0.02, 100, 0.048), (0.05, 1e9, 0.05), (1.0, 9, 1.0)],
)
def test_a_share_of_few_may_really_be_larger(share: float, many: float, most: float) -> None:
    assert at_most(share, many) == pytest.approx(most, abs=1e-3)


def test_the_bound_hides_what_nobody_takes() -> None:
    chances = np.concatenate([np.full(100, 0.1), np.full(100, 0.8)])
    assert bound(chances, past([0] * 100 + [1] * 100)) == 0.8


def test_with_few_accepted_nothing_is_sure_enough() -> None:
    chances = np.concatenate([np.full(100, 0.1), np.full(20, 0.8)])
    assert bound(chances, past([0] * 100 + [1] * 20)) is None


def test_one_long_text_is_no_more_certain_than_one() -> None:
    chances = np.concatenate([np.full(100, 0.1), np.full(100, 0.8)])
    some = past([0] * 100 + [1] * 100)
    some.characters[-1] = 1e6
    assert bound(chances, some) is None


def test_never_more_than_a_twentieth_of_the_accepted_text_is_hidden() -> None:
    draws = np.random.default_rng(0)
    chances = draws.random(2000)
    some = past((draws.random(2000) < chances).astype(int).tolist())
    below = bound(chances, some)
    assert below is not None
    assert judged(chances < below, some).lost < LOST


def test_a_proof_counts_what_is_left() -> None:
    hidden = np.array([True] * 40 + [False] * 60)
    proof = judged(hidden, past([0] * 39 + [1] + [1] * 30 + [0] * 30))
    assert proof.suggestions == 100
    assert proof.taken_before == pytest.approx(0.31)
    assert proof.taken == pytest.approx(0.5)
    assert proof.hidden == pytest.approx(0.4)
    assert proof.lost == pytest.approx(1 / 31)
    assert proof.gain_low < 0.19 < proof.gain_high


def test_what_is_hidden_whole_leaves_nothing_to_take() -> None:
    proof = judged(np.ones(20, dtype=bool), past([1] * 20))
    assert (proof.taken, proof.lost) == (0, 1)
