"""The chart as a picture, for where no page can be shown."""

import textwrap
import warnings
from pathlib import Path
from typing import Any

from understudy_trainer.backtest.figures import Figures
from understudy_trainer.backtest.series import Series, labels, scale, series
from understudy_trainer.page_style import SERIES

_LETTERS = 15
"""Points, in a picture of 7.2 inches: still ten pixels high on a phone."""


def draw(figures: Figures, path: Path, *, title: str) -> None:
    """Writes a PNG of 1,080 pixels by 840."""
    # Half a second to import, and nothing else needs it.
    import matplotlib as mpl
    from matplotlib.backends import backend_agg
    from matplotlib.figure import Figure

    # Its types say too little.
    style: Any = mpl
    with style.rc_context(_STYLE):
        picture: Any = Figure(figsize=(7.2, 5.6), dpi=150, layout="constrained")
        backend_agg.FigureCanvasAgg(picture)
        _draw(picture, figures)
        wrapped = textwrap.fill(title, 52)
        picture.suptitle(wrapped, x=0.02, ha="left", fontsize=_LETTERS, fontweight="bold")
        with warnings.catch_warnings():
            # The one font that is always there has no signs of many scripts.
            warnings.filterwarnings("ignore", "Glyph .* missing")
            picture.savefig(path, format="png")


_STYLE = {
    "font.family": "DejaVu Sans",
    "font.size": _LETTERS,
    # A dollar sign in a name begins no formula.
    "text.parse_math": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "grid.color": "#d7dce2",
}


def _draw(picture: Any, figures: Figures) -> None:
    shown, axes = series(figures), picture.add_subplot()
    if len(figures.nights) < 2:
        _bars(axes, shown)
    else:
        _lines(axes, shown, labels(figures))
        picture.legend(loc="outside lower center", ncols=2, frameon=False)


def _lines(axes: Any, shown: tuple[Series, ...], days: list[str]) -> None:
    places = range(len(days))
    for each in shown:
        colour = SERIES[each.colour - 1]
        values = [_or_nan(night.value) for night in each.nights]
        axes.plot(places, values, color=colour, linewidth=2.5, marker="o", label=each.name)
        if each.main:
            low = [_or_nan(night.low) for night in each.nights]
            high = [_or_nan(night.high) for night in each.nights]
            axes.fill_between(places, low, high, color=colour, alpha=0.15, linewidth=0)
    axis = scale(shown)
    axes.set_yticks(axis.ticks, [axis.label(tick) for tick in axis.ticks])
    axes.set_ylabel("keystrokes saved")
    every = -(-len(days) // 4)
    axes.set_xticks(list(places)[every // 2 :: every], days[every // 2 :: every])
    axes.grid(axis="y")
    axes.axhline(0, color="#59636e", linewidth=1)


def _bars(axes: Any, shown: tuple[Series, ...]) -> None:
    for place, each in enumerate(shown):
        value, low, high = each.whole.value, each.whole.low, each.whole.high
        axes.barh(place, value or 0, color=SERIES[each.colour - 1], height=0.6)
        if low is not None and high is not None:
            axes.plot([low, high], [place, place], color="#1c2128", marker="|", markersize=12)
    axes.set_yticks(range(len(shown)), [textwrap.fill(each.name, 16) for each in shown])
    axes.invert_yaxis()
    axis = scale(shown)
    axes.set_xticks(axis.ticks, [axis.label(tick) for tick in axis.ticks])
    axes.set_xlabel("keystrokes saved")
    axes.grid(axis="x")
    axes.axvline(0, color="#59636e", linewidth=1)


def _or_nan(value: float | None) -> float:
    return float("nan") if value is None else value
