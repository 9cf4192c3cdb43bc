"""The chart of the page, as SVG that is as wide as there is room, with letters that stay as large.

With several nights each arm is a line, with one night a bar. What is put in place in percent of the
width stretches; lines lie in a drawing within the drawing, which may be squeezed.
"""

from collections.abc import Iterator, Sequence
from typing import TypeVar

from understudy_trainer.backtest.estimate import Estimate
from understudy_trainer.backtest.figures import Figures
from understudy_trainer.backtest.series import Scale, Series, labels, scale, series
from understudy_trainer.repoworld.markup import Markup, element, joined

STYLE = """
.nights { margin: 1rem .5rem 2.6rem 3.6rem; width: auto; }
.nights > svg { height: 18rem; overflow: visible; }
.nights polyline, .nights polygon { vector-effect: non-scaling-stroke; }
.nights .ticks { text-anchor: end; } .nights .days { text-anchor: middle; }
@media (max-width: 36rem) { .nights .second { display: none; } }
.bars { display: grid; grid-template-columns: minmax(4rem, max-content) 1fr max-content;
  align-items: center; gap: .1rem .9rem; max-width: 46rem; break-inside: avoid; }
.bars svg { height: 2.2rem; overflow: visible; }
.bars text { font-size: 13px; text-anchor: middle; }
"""

_LABELS = 4
"""Dates below the axis; on a phone every second one is left out."""


def chart(figures: Figures) -> Markup:
    shown = series(figures)
    return _bars(shown) if len(figures.nights) < 2 else _lines(shown, days=labels(figures))


def _lines(shown: Sequence[Series], *, days: Sequence[str]) -> Markup:
    axis = scale(tuple(shown))
    legend = [
        element("li", element("i", class_=f"swatch s{each.colour}"), each.name) for each in shown
    ]
    inner = element(
        "svg",
        *(part for each in shown for part in _shapes(each, axis)),
        viewBox="0 0 100 100",
        preserveAspectRatio="none",
        width="100%",
        height="100%",
        overflow="visible",
    )
    dots = [dot for each in shown for dot in _dots(each, axis, days)]
    about = "Keystrokes saved after each night: " + "; ".join(
        f"{each.name} {_list(each.nights)}" for each in shown
    )
    drawing = element(
        "svg",
        joined(*_grid(axis)),
        inner,
        *dots,
        joined(*_days(days)),
        role="img",
        aria_label=about,
    )
    return joined(element("ul", *legend, class_="legend"), element("div", drawing, class_="nights"))


def _bars(shown: Sequence[Series]) -> Markup:
    axis = scale(tuple(shown))
    parts: list[Markup] = []
    for each in shown:
        value = "–" if each.whole.value is None else f"{each.whole.value:.1f} %"
        parts += [
            element("div", each.name),
            element(
                "svg",
                *(_line(axis.place(tick), "grid") for tick in axis.ticks),
                *_bar(each, axis),
                role="img",
                aria_label=f"{each.name}: {value}",
            ),
            element("div", value, class_="number"),
        ]
    ticks = [
        element("text", axis.label(tick), x=_percent(axis.place(tick)), y="14")
        for tick in axis.ticks
    ]
    parts += [element("div"), element("svg", *ticks, aria_hidden="true"), element("div")]
    return element("div", *parts, class_="bars")


def _bar(each: Series, axis: Scale) -> Iterator[Markup]:
    value, low, high = each.whole.value, each.whole.low, each.whole.high
    zero = axis.place(0)
    if value is not None:
        at = axis.place(value)
        yield element(
            "rect",
            x=_percent(min(at, zero)),
            y="20%",
            width=_percent(abs(at - zero)),
            height="60%",
            class_=f"dot s{each.colour}",
        )
    yield _line(zero, "axis")
    if low is not None and high is not None:
        ends = [axis.place(low), axis.place(high)]
        yield element(
            "line", x1=_percent(ends[0]), x2=_percent(ends[1]), y1="50%", y2="50%", class_="whisker"
        )
        for at in ends:
            yield element(
                "line", x1=_percent(at), x2=_percent(at), y1="35%", y2="65%", class_="whisker"
            )


def _shapes(each: Series, axis: Scale) -> Iterator[Markup]:
    """The interval of the headline's arm, and the line of any; broken where there is no value."""
    count = len(each.nights)
    for run in _runs([_ends(night) if each.main else None for night in each.nights]):
        upper = [f"{_across(at, count):.2f},{100 - axis.place(high):.2f}" for at, (_, high) in run]
        lower = [f"{_across(at, count):.2f},{100 - axis.place(low):.2f}" for at, (low, _) in run]
        points = " ".join([*upper, *reversed(lower)])
        yield element("polygon", points=points, class_=f"band s{each.colour}")
    for run in _runs([night.value for night in each.nights]):
        points = " ".join(
            f"{_across(at, count):.2f},{100 - axis.place(value):.2f}" for at, value in run
        )
        yield element("polyline", points=points, class_=f"line s{each.colour}")


def _dots(each: Series, axis: Scale, days: Sequence[str]) -> Iterator[Markup]:
    for at, night in enumerate(each.nights):
        if night.value is not None:
            ends = _ends(night)
            interval = f" ({ends[0]:.1f} to {ends[1]:.1f} %)" if ends else ""
            yield element(
                "circle",
                element("title", f"{days[at]}, {each.name}: {night.value:.1f} %{interval}"),
                cx=_percent(_across(at, len(days))),
                cy=_percent(100 - axis.place(night.value)),
                r="4" if len(days) <= 40 else "2",
                class_=f"dot s{each.colour}",
            )


def _grid(axis: Scale) -> Iterator[Markup]:
    for tick in axis.ticks:
        at = _percent(100 - axis.place(tick))
        name = "axis" if abs(tick) < 1e-9 else "grid"
        yield element("line", x1="0", x2="100%", y1=at, y2=at, class_=name)
        yield element("text", axis.label(tick), x="0", y=at, dx="-8", dy="5", class_="ticks")


def _days(days: Sequence[str]) -> Iterator[Markup]:
    every = -(-len(days) // _LABELS)
    for number, at in enumerate(range(every // 2, len(days), every)):
        name = "days second" if number % 2 else "days"
        place = _percent(_across(at, len(days)))
        yield element("text", days[at], x=place, y="100%", dy="24", class_=name)


_Value = TypeVar("_Value")


def _runs(values: Sequence[_Value | None]) -> Iterator[list[tuple[int, _Value]]]:
    """Stretches of values without a gap, each with its place."""
    run: list[tuple[int, _Value]] = []
    for at, value in enumerate([*values, None]):
        if value is not None:
            run.append((at, value))
        elif run:
            yield run
            run = []


def _ends(estimate: Estimate) -> tuple[float, float] | None:
    if estimate.low is None or estimate.high is None:
        return None
    return estimate.low, estimate.high


def _list(nights: Sequence[Estimate]) -> str:
    return ", ".join("–" if one.value is None else f"{one.value:.1f} %" for one in nights)


def _across(at: int, count: int) -> float:
    return 100 * (at + 0.5) / count


def _line(at: float, name: str) -> Markup:
    return element("line", x1=_percent(at), x2=_percent(at), y1="0", y2="100%", class_=name)


def _percent(place: float) -> str:
    return f"{place:.2f}%"
