"""The section that shows the loss while a night learned."""

import math
from collections.abc import Sequence

from understudy_trainer.backtest.wording import counted
from understudy_trainer.night import plots
from understudy_trainer.night.record import NightRecord
from understudy_trainer.repoworld.markup import Markup, element
from understudy_trainer.round_numbers import round_numbers


def learning_curve(record: NightRecord) -> list[Markup]:
    lines = [
        line
        for line in (
            _line("new", 2, [(at.step, at.new) for at in record.curve]),
            _line("replayed", 3, [(at.step, at.replayed) for at in record.curve]),
        )
        if line.points
    ]
    if not lines:
        return []
    last = record.curve[-1].step
    places = round_numbers(0, last, least=plots.LEAST)
    labels = [plots.Label(at, f"{at:,.0f}") for at in places if 1 <= at <= last]
    about = "Loss while it learned: " + "; ".join(
        f"{line.name} from {line.points[0][1]:.2f} to {line.points[-1][1]:.2f} nats a token"
        for line in lines
    )
    drawing = plots.curve(
        lines, x_labels=labels, x_name="step", y_name="loss, nats a token", about=about
    )
    steps, tokens = (counted(record.steps, "step", "steps"), f"{record.tokens:,} tokens")
    ended = {
        "passes": "It ended when all was read as often as is set.",
        "budget": "It ended because the night's time was up.",
    }.get(record.ended_by, "")
    caption = (
        f"{steps}, {tokens} read. Each step's loss is thin, the mean of its neighbours thick."
        f" Replayed is what earlier nights learned, and other code. {ended}"
    )
    return [
        element("h2", "Loss while it learned"),
        element("figure", drawing, element("figcaption", caption.rstrip())),
    ]


def _line(name: str, colour: int, losses: Sequence[tuple[int, float | None]]) -> plots.Line:
    # A step without a replayed row says nothing of it, and what is no number cannot be drawn.
    points = [
        (float(step), loss) for step, loss in losses if loss is not None and math.isfinite(loss)
    ]
    mean = plots.thinned(plots.smoothed(points))
    return plots.Line(name, colour, mean, raw=plots.thinned(points))
