"""The page of all nights of a repository: a line for each, and the losses of all."""

import math
from collections.abc import Sequence
from pathlib import Path

from understudy_trainer.backtest.wording import counted
from understudy_trainer.night import plots
from understudy_trainer.night.headline import (
    NONE,
    OUTCOMES,
    forgetting_of_other,
    moment,
    on_new_code,
    percent_signed,
    seconds,
    signed,
)
from understudy_trainer.night.record import NightRecord
from understudy_trainer.night.telling import name_of
from understudy_trainer.page_style import page
from understudy_trainer.repoworld.markup import Markup, element, joined


def history_page(folder: Path, records: Sequence[NightRecord], *, page_name: str) -> str:
    """`records` have the oldest first; a night is linked where its page is below `folder`."""
    title = f"Nights of {records[-1].name}" if records else "Nights"
    rows = [_row(folder, record, page_name) for record in reversed(records)]
    first, *others = _COLUMNS
    head = element("tr", element("th", first), *(element("th", n, class_="number") for n in others))
    table = element("table", element("thead", head), element("tbody", *rows), class_="nights")
    promoted = sum(record.summary.outcome == "promoted" for record in records)
    said = f"{counted(len(records), 'night', 'nights')}, {promoted:,} promoted."
    body = joined(
        Markup(f"<style>{plots.STYLE}{_STYLE}</style>"),
        element("h1", title),
        element("p", said, class_="lede"),
        *_chart(records),
        *((element("h2", "Night by night"),) if records else ()),
        *((element("div", table, class_="scroll", tabindex="0"),) if records else ()),
        *((element("p", _NOTE, class_="note"),) if records else ()),
    )
    return page(title, body)


_COLUMNS = ("night (UTC)", "gain", "other code", "time")

_STYLE = """
.nights th[scope=row] { font-weight: 400; min-width: 8rem; }
.nights th[scope=row] a { white-space: nowrap; }
.nights b { font-weight: 600; }
"""

_NOTE = (
    "Gain: nats a token on new code that the candidate is better than its parent, with its 95 % "
    "interval. Other code: change of the loss there against the base model; above zero is "
    "forgotten."
)


def _row(folder: Path, record: NightRecord, page_name: str) -> Markup:
    summary = record.summary
    name = name_of(summary.began_at)
    when = moment(summary.began_at).removesuffix(" UTC")
    has_page = (folder / name / page_name).is_file()
    sign, colour = OUTCOMES[summary.outcome]
    new, other = on_new_code(record), forgetting_of_other(record)
    gain = element("td", NONE, class_="number")
    if new is not None:
        ends = element("small", f"{signed(new.low)} to {signed(new.high)}")
        gain = element("td", signed(new.gain), ends, class_="number")
    said = element("b", f"{sign} {summary.outcome}", class_=colour)
    return element(
        "tr",
        element(
            "th",
            element("a", when, href=f"{name}/{page_name}") if has_page else when,
            element("small", said),
            scope="row",
        ),
        gain,
        element("td", NONE if other is None else percent_signed(other), class_="number"),
        element("td", seconds((summary.ended_at - summary.began_at) / 1000), class_="number"),
    )


def _chart(records: Sequence[NightRecord]) -> list[Markup]:
    proved = [
        (record, new)
        for record in records
        if (new := on_new_code(record)) is not None and math.isfinite(new.base + new.candidate)
    ]
    if len(proved) < 2:
        return []
    every = range(1, 1 + len(proved))
    filled = [record.summary.outcome == "promoted" for record, _ in proved]
    lines = [
        plots.Line(
            "base model", 1, [(at, new.base) for at, (_, new) in zip(every, proved, strict=True)]
        ),
        plots.Line(
            "the night's candidate",
            2,
            [(at, new.candidate) for at, (_, new) in zip(every, proved, strict=True)],
            dots=filled,
        ),
    ]
    step = -(-len(proved) // 4)
    labels = [
        plots.Label(at, moment(record.summary.began_at)[:10])
        for at, (record, _) in list(zip(every, proved, strict=True))[step // 2 :: step]
    ]
    about = "Loss on new code, base model and candidate: " + "; ".join(
        f"{new.base:.2f} and {new.candidate:.2f}" for _, new in proved
    )
    drawing = plots.curve(
        lines,
        x_labels=labels,
        x_name="night",
        y_name="loss, nats a token",
        about=about,
        margin=0.5,
    )
    caption = (
        "Loss on code that a night had not seen. A full dot was promoted, a hollow one was not."
        " Each night asks other holes, so compare the lines, not the nights."
    )
    return [
        element("h2", "Loss on new code"),
        element("figure", drawing, element("figcaption", caption)),
    ]
