import pytest
from backtests import backtest, tally

from understudy_trainer.backtest.cost import DAY_S, cost
from understudy_trainer.backtest.figures import figures


def test_a_day_costs_what_the_time_that_code_is_written_in_needs():
    """Half a day's writing was simulated, with a quarter of the calls of all arms."""
    tallies = [
        tally(arm="base", calls=30, seconds=999.0),
        tally(calls=10, prompt_tokens=500, output_tokens=40, seconds=DAY_S / 2),
    ]
    typed = backtest(tallies, seconds=100.0, machine={"cores": 2})
    found = cost(typed, figures(typed))
    assert found is not None
    assert (found.arm, found.calls) == ("understudy", 20)
    assert (found.prompt_tokens, found.output_tokens) == (1000, 80)
    assert found.processor_seconds == pytest.approx(2 * 100 * 2 * 10 / 40)


def test_a_machine_of_unknown_size_counts_as_one_core():
    typed = backtest([tally(calls=10, seconds=DAY_S)], seconds=100.0, machine={})
    found = cost(typed, figures(typed))
    assert found is not None
    assert found.processor_seconds == pytest.approx(100)


@pytest.mark.parametrize(
    "tallies",
    [[], [tally(arm="none", sights=(), calls=0)], [tally(seconds=0.0)]],
    ids=["no hunks", "no assistant", "no time"],
)
def test_nothing_measured_costs_nothing_that_could_be_said(tallies):
    typed = backtest(tallies)
    assert cost(typed, figures(typed)) is None
