from hypothesis import given
from hypothesis import strategies as st

from understudy_trainer.backtest.estimate import Estimate
from understudy_trainer.backtest.series import Series, scale

values = st.floats(-300, 100)
estimates = st.tuples(values, st.floats(0, 20), st.floats(0, 20)).map(
    lambda each: Estimate(each[0], each[0] - each[1], each[0] + each[2])
) | st.just(Estimate())


@given(st.lists(estimates, min_size=1, max_size=5))
def test_the_axis_holds_zero_and_every_interval(nights: list[Estimate]):
    axis = scale((line(nights),))
    assert axis.ticks[0] - 1e-6 <= 0 <= axis.ticks[-1] + 1e-6
    assert 1 < len(axis.ticks) <= 14
    for night in nights:
        for value in (night.value, night.low, night.high):
            assert value is None or -1e-3 <= axis.place(value) <= 100 + 1e-3


def test_ticks_are_round():
    axis = scale((line([Estimate(12.3, 8.9, 17.1)]),))
    assert [axis.label(tick) for tick in axis.ticks] == [
        "0 %",
        "2 %",
        "4 %",
        "6 %",
        "8 %",
        "10 %",
        "12 %",
        "14 %",
        "16 %",
        "18 %",
    ]


def test_small_ticks_have_digits():
    axis = scale((line([Estimate(0.2, 0.0, 0.41)]),))
    assert axis.label(axis.ticks[1]) == "0.1 %"


def test_nothing_saved_still_has_an_axis():
    assert len(scale((line([Estimate(0.0, 0.0, 0.0)]),)).ticks) > 1


def line(nights: list[Estimate]) -> Series:
    return Series("base model", 2, True, nights[0], tuple(nights))
