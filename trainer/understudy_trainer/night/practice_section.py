"""The section that shows what practising on answers brought."""

from understudy_trainer.backtest.tables import facts_table
from understudy_trainer.backtest.wording import counted
from understudy_trainer.night import plots
from understudy_trainer.night.record import NightRecord, Practised
from understudy_trainer.repoworld.markup import Markup, element
from understudy_trainer.round_numbers import round_numbers


def practice_section(record: NightRecord) -> list[Markup]:
    practised = record.practised
    if practised is None:
        return []
    return [
        element("h2", "Practice on answers"),
        element("p", f"{said(practised)}"),
        facts_table(_facts(practised)),
        *_curve(practised),
    ]


def said(practised: Practised) -> str:
    """In a sentence or two, also for the terminal."""
    begin = "Practice was used." if practised.is_used else "Practice was not used."
    return f"{begin} {practised.reason}"


def _facts(practised: Practised) -> dict[str, object]:
    answers = sum(each.asked for each in practised.rounds)
    served = sum(each.served for each in practised.rounds)
    return {
        "answers": f"{answers:,} in {counted(len(practised.rounds), 'round', 'rounds')}",
        "shown to people": f"{counted(practised.served, 'hole', 'holes')}; {served:,} times one of"
        " those suggestions was learned from",
        "preferred to what was refused": counted(practised.pairs, "pair", "pairs"),
        "lessons": f"{practised.lessons_tried:,} tried, {practised.lessons_kept:,} of use",
        "held-out lines": f"{practised.holes:,}",
        "worth of an answer": f"{practised.worth_before:+.3f} before,"
        f" {practised.worth_after:+.3f} after",
        "right": f"{100 * practised.right_before:.1f} % before,"
        f" {100 * practised.right_after:.1f} % after",
    }


def _curve(practised: Practised) -> list[Markup]:
    points = [(float(at), 100 * each.right) for at, each in enumerate(practised.rounds, 1)]
    if len(points) < 2:
        return []
    last = len(points)
    labels = [
        plots.Label(at, f"{at:,.0f}")
        for at in round_numbers(0, last, least=plots.LEAST)
        if 1 <= at <= last
    ]
    about = f"Right answers of a round: from {points[0][1]:.1f} to {points[-1][1]:.1f} %"
    line = plots.Line("right", 2, plots.thinned(plots.smoothed(points)), raw=plots.thinned(points))
    drawing = plots.curve([line], x_labels=labels, x_name="round", y_name="right, %", about=about)
    caption = (
        "Share of the answers that are right, drawn by chance at other holes in each round, so it"
        " goes up and down by itself. Each round is thin, the mean of its neighbours thick."
    )
    return [element("figure", drawing, element("figcaption", caption))]
