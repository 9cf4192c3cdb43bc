"""Drawings of a night: the loss while it learned, what changed for each set of holes, and the
losses of all nights.

SVG that is as wide as there is room, with letters that stay as large: what is put in place in
percent stretches; lines lie in a drawing within the drawing, which may be squeezed.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

from understudy_trainer.repoworld.markup import Markup, element, joined
from understudy_trainer.round_numbers import round_numbers

LEAST = 0.01
"""Of losses and of percent: what an axis tells apart."""

STYLE = """
.curve { margin: 2.2rem .75rem 3rem 3.2rem; }
.curve > svg { height: 16rem; overflow: visible; }
.curve polyline { vector-effect: non-scaling-stroke; }
.curve .raw { stroke-width: 1; opacity: .4; }
.curve .y { text-anchor: end; } .curve .x { text-anchor: middle; }
.curve .hollow { fill: var(--paper); stroke: var(--series); stroke-width: 2; }
@media (max-width: 36rem) { .curve .second { display: none; } }
"""


class Line(NamedTuple):
    name: str
    colour: int
    """From 1 to 6, as in the page's style."""
    points: Sequence[tuple[float, float]]
    raw: Sequence[tuple[float, float]] = ()
    """Drawn thin behind it."""
    dots: Sequence[bool] = ()
    """One for each point, filled or hollow; empty for a line without dots."""


class Label(NamedTuple):
    at: float
    text: str


def curve(
    lines: Sequence[Line],
    *,
    x_labels: Sequence[Label],
    x_name: str,
    y_name: str,
    about: str,
    margin: float = 0.0,
) -> Markup:
    """Some of the lines must have a point. `about` is read aloud instead; `margin` is left free on
    both sides, as much as so many of the x-axis."""
    every = [point for line in lines for point in (*line.points, *line.raw)]
    y_ticks = round_numbers(min(y for _, y in every), max(y for _, y in every), least=LEAST)
    left, right = min(x for x, _ in every), max(x for x, _ in every)
    left, right = left - margin, right + margin
    if left == right:
        left, right = left - 1, right + 1

    def across(x: float) -> float:
        return 100 * (x - left) / (right - left)

    def down(y: float) -> float:
        return 100 * (y_ticks[-1] - y) / (y_ticks[-1] - y_ticks[0])

    def shape(points: Sequence[tuple[float, float]], name: str) -> Markup:
        places = " ".join(f"{across(x):.2f},{down(y):.2f}" for x, y in points)
        return element("polyline", points=places, class_=name)

    inner = element(
        "svg",
        *(shape(line.raw, f"line raw s{line.colour}") for line in lines if line.raw),
        *(shape(line.points, f"line s{line.colour}") for line in lines if line.points),
        viewBox="0 0 100 100",
        preserveAspectRatio="none",
        width="100%",
        height="100%",
        overflow="visible",
    )
    dots = [
        element(
            "circle",
            element("title", f"{line.name}: {y:.3f}"),
            cx=_percent(across(x)),
            cy=_percent(down(y)),
            r="5",
            class_=f"dot s{line.colour}" if filled else f"hollow s{line.colour}",
        )
        for line in lines
        for (x, y), filled in zip(line.points, line.dots, strict=False)
    ]
    drawing = element(
        "svg",
        *(_height(down(tick), _number(tick, y_ticks)) for tick in y_ticks),
        *(
            element(
                "text",
                label.text,
                x=_percent(across(label.at)),
                y="100%",
                dy="22",
                class_="x second" if number % 2 else "x",
            )
            for number, label in enumerate(x_labels)
        ),
        element("text", x_name, x="50%", y="100%", dy="42", class_="x"),
        element("text", y_name, x="0", y="0", dx="-44", dy="-16"),
        inner,
        *dots,
        role="img",
        aria_label=about,
    )
    legend = [
        element("li", element("i", class_=f"swatch s{line.colour}"), line.name) for line in lines
    ]
    return joined(element("ul", *legend, class_="legend"), element("div", drawing, class_="curve"))


class Interval(NamedTuple):
    name: str
    value: float
    low: float
    high: float
    shown: str
    """The value in words."""


def intervals(rows: Sequence[Interval]) -> Markup:
    """Percent, a dot and an interval in each row, beside the line at zero. Its style is that of
    RepoWorld's plots."""
    least, most = min(0.0, *(row.low for row in rows)), max(0.0, *(row.high for row in rows))
    reach = round_numbers(least, most, least=LEAST)

    def at(value: float) -> str:
        return _percent(100 * (value - reach[0]) / (reach[-1] - reach[0]))

    def upright(value: float, name: str, *, top: str = "0", bottom: str = "100%") -> Markup:
        return element("line", x1=at(value), x2=at(value), y1=top, y2=bottom, class_=name)

    parts: list[Markup] = []
    for row in rows:
        track = element(
            "svg",
            *(upright(tick, "grid" if abs(tick) > 1e-9 else "axis") for tick in reach),
            element("line", x1=at(row.low), x2=at(row.high), y1="50%", y2="50%", class_="range s2"),
            *(upright(end, "range s2", top="35%", bottom="65%") for end in (row.low, row.high)),
            element("circle", cx=at(row.value), cy="50%", r="5", class_="dot s2"),
            role="img",
            aria_label=f"{row.name}: {row.shown}",
        )
        value = element("span", row.shown, class_="number")
        parts.append(element("div", element("span", row.name), track, value))
    labels = [
        element("text", f"{_number(tick, reach)} %", x=at(tick), y="14")
        for tick in reach[:: 1 + len(reach) // 7]
    ]
    parts.append(element("div", element("svg", *labels, aria_hidden="true")))
    return element("div", *parts, class_="plot")


def smoothed(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """The mean of each point and its neighbours on both sides."""
    reach = max(1, len(points) // 30)
    found: list[tuple[float, float]] = []
    for number, (x, _) in enumerate(points):
        near = [y for _, y in points[max(0, number - reach) : number + reach + 1]]
        found.append((x, sum(near) / len(near)))
    return found


MOST_POINTS = 500


def thinned(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """As many as can be told apart: means of neighbours."""
    size = -(-len(points) // MOST_POINTS)
    groups = [points[at : at + size] for at in range(0, len(points), size or 1)]
    return [
        (sum(x for x, _ in group) / len(group), sum(y for _, y in group) / len(group))
        for group in groups
    ]


def _height(at: float, text: str) -> Markup:
    place = _percent(at)
    return joined(
        element("line", x1="0", x2="100%", y1=place, y2=place, class_="grid"),
        element("text", text, x="0", y=place, dx="-8", dy="5", class_="y"),
    )


def _number(tick: float, among: Sequence[float]) -> str:
    digits = max(0, -math.floor(math.log10(among[1] - among[0]) + 1e-9))
    text = f"{tick:.{digits}f}"
    return (text.lstrip("-") if float(text) == 0 else text).replace("-", "\N{MINUS SIGN}")


def _percent(place: float) -> str:
    return f"{place:.2f}%"
