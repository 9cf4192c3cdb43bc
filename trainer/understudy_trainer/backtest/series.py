"""What the chart shows: keystrokes saved, arm by arm and night by night."""

import math

import msgspec

from understudy_trainer.backtest.estimate import Estimate
from understudy_trainer.backtest.figures import Figures
from understudy_trainer.backtest.wording import arm_name, date
from understudy_trainer.round_numbers import round_numbers


class Series(msgspec.Struct, frozen=True):
    name: str
    colour: int
    """From 1 to 6, as in the page's style."""
    main: bool
    """Whether it is the arm of the headline, whose interval is drawn."""
    whole: Estimate
    """Percent, of all nights together."""
    nights: tuple[Estimate, ...]
    """Percent; without a value where nothing had to be typed."""


class Scale(msgspec.Struct, frozen=True):
    """An axis from one round number to another."""

    ticks: tuple[float, ...]

    def place(self, value: float) -> float:
        """Percent of the way along the axis."""
        return 100 * (value - self.ticks[0]) / (self.ticks[-1] - self.ticks[0])

    def label(self, tick: float) -> str:
        digits = max(0, -math.floor(math.log10(self.ticks[1] - self.ticks[0])))
        return f"{tick:.{digits}f} %"


def series(figures: Figures) -> tuple[Series, ...]:
    return tuple(
        Series(
            arm_name(arm),
            1 + number % 6,
            arm == figures.main,
            _in_percent(each.saved),
            tuple(_in_percent(night.arms[arm].saved) for night in figures.nights),
        )
        for number, (arm, each) in enumerate(figures.arms.items())
    )


def labels(figures: Figures) -> list[str]:
    """Of the nights: the first day that was typed after each."""
    return [date(night.first_at) for night in figures.nights]


def scale(shown: tuple[Series, ...]) -> Scale:
    """An axis that holds zero and everything that is drawn."""
    values = [0.0]
    for each in shown:
        drawn = (each.whole,) if len(each.nights) == 1 else each.nights
        with_ends = len(each.nights) == 1 or each.main
        for one in drawn:
            ends = (one.low, one.high) if with_ends else ()
            values += [value for value in (one.value, *ends) if value is not None]
    low, high = min(values), max(values)
    if high - low < 1e-6:
        high = low + 1
    return Scale(tuple(round_numbers(low, high)))


def _in_percent(estimate: Estimate) -> Estimate:
    value, low, high = (
        None if number is None else 100 * number
        for number in (estimate.value, estimate.low, estimate.high)
    )
    return Estimate(value, low, high)
