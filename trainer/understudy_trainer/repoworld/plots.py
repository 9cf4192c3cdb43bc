"""Plots of intervals: a row for each agent, with text that stays as large on a phone.

Only the tracks are SVG, with places in percent of their width, so nothing is stretched.
"""

import math
from collections.abc import Sequence

import msgspec

from understudy_trainer.repoworld.markup import Markup, element, joined
from understudy_trainer.round_numbers import round_numbers

STYLE = """
.plot { max-width: 46rem; margin: 1rem 0; break-inside: avoid; }
.plot > div { display: grid; align-items: center; column-gap: .9rem;
  grid-template: "name track value" / 10rem 1fr 4rem; }
.plot span { grid-area: name; } .plot .number { grid-area: value; }
.plot svg { grid-area: track; height: 1.9rem; overflow: visible; }
.plot text { font-size: 13px; text-anchor: middle; }
.plot .range { stroke: var(--series); stroke-width: 2; }
@media (max-width: 36rem) {
  .plot { margin: 1rem; }
  .plot > div { grid-template: "name value" "track track" / 1fr auto; }
}
"""


class Row(msgspec.Struct, frozen=True):
    name: str
    value: float
    low: float
    high: float
    shown: str
    """The value in words."""


def interval_plot(rows: Sequence[Row], *, unit: str, from_zero: bool) -> Markup:
    """A dot for each value with a line for its interval. `unit` is put behind the numbers of the
    axis."""
    lowest = 0.0 if from_zero else min(row.low for row in rows)
    ticks = round_numbers(lowest, max(row.high for row in rows))
    parts: list[Markup] = []
    for row in rows:
        label = f"{row.name}: {row.shown}"
        track = element("svg", _grid(ticks), _mark(row, ticks), role="img", aria_label=label)
        value = element("span", row.shown, class_="number")
        parts.append(element("div", element("span", row.name), track, value))
    digits = max(0, -math.floor(math.log10(ticks[1] - ticks[0])))
    labels = [
        element("text", f"{tick:.{digits}f}{unit}", x=_place(tick, ticks), y="14") for tick in ticks
    ]
    parts.append(element("div", element("svg", *labels, aria_hidden="true")))
    return element("div", *parts, class_="plot")


def _grid(ticks: Sequence[float]) -> Markup:
    places = [_place(tick, ticks) for tick in ticks]
    lines = [
        element("line", x1=place, x2=place, y1="0", y2="100%", class_="grid") for place in places
    ]
    return joined(*lines)


def _mark(row: Row, ticks: Sequence[float]) -> Markup:
    low, high, value = (_place(number, ticks) for number in (row.low, row.high, row.value))
    ends = [
        element("line", x1=at, x2=at, y1="35%", y2="65%", class_="range s2") for at in (low, high)
    ]
    return joined(
        element("line", x1=low, x2=high, y1="50%", y2="50%", class_="range s2"),
        *ends,
        element("circle", cx=value, cy="50%", r="5", class_="dot s2"),
    )


def _place(value: float, ticks: Sequence[float]) -> str:
    return f"{100 * (value - ticks[0]) / (ticks[-1] - ticks[0]):.2f}%"
