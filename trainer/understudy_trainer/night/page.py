"""The pages that a night leaves: its own, and that of all nights of its repository."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from understudy_trainer.backtest.tables import facts_table
from understudy_trainer.backtest.wording import counted
from understudy_trainer.learn.whole_file import write_whole
from understudy_trainer.night import cards, html_tables, plots
from understudy_trainer.night.headline import (
    before,
    change,
    headline,
    moment,
    percent_signed,
    seconds,
    unbroken,
)
from understudy_trainer.night.history import history_page
from understudy_trainer.night.learning_curve import learning_curve
from understudy_trainer.night.practice_section import practice_section
from understudy_trainer.night.record import NightRecord
from understudy_trainer.night.why import why
from understudy_trainer.page_style import page
from understudy_trainer.repoworld import plots as interval_plots
from understudy_trainer.repoworld.bootstrap import DRAWS
from understudy_trainer.repoworld.markup import Markup, element, joined

PAGE = "index.html"
DATA = "report.json"
HISTORY = "nights.html"


def write_report(folder: Path, record: NightRecord) -> Path:
    """Writes the page and the record as JSON into `folder`; gives the page's path."""
    folder.mkdir(parents=True, exist_ok=True)
    # The data first: the page can be made again from it.
    data = msgspec.json.format(msgspec.json.encode(record), indent=1)
    write_whole(folder / DATA, data + b"\n")
    write_whole(folder / PAGE, night_page(record).encode())
    return folder / PAGE


def write_history(folder: Path, records: Sequence[NightRecord]) -> Path:
    """Writes the page of all nights beside their folders; the oldest comes first."""
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / HISTORY, history_page(folder, records, page_name=PAGE).encode())
    return folder / HISTORY


def night_page(record: NightRecord) -> str:
    style = "".join(each.STYLE for each in (interval_plots, plots, cards, html_tables))
    title = f"Night of {record.name}"
    body = joined(
        Markup(f"<style>{style}{_STYLE}</style>"),
        element("p", f"{title}, {moment(record.summary.began_at)}", class_="muted"),
        element("h1", unbroken(headline(record))),
        *_lede(record),
        *why(record),
        *_samples(record),
        *_proof(record),
        *_learned_from(record),
        *learning_curve(record),
        *practice_section(record),
        *_spent(record),
        *_notes(record),
        element("h2", "Settings and machine"),
        facts_table(_facts(record)),
        *_more_facts("The learner", record.settings),
        *_more_facts("The machine", record.machine),
        element("h2", "How it was measured"),
        *(element("p", text) for text in _MEASURED),
        element("footer", element("p", _FOOTER)),
    )
    return page(title, body)


_STYLE = """
.checks { list-style: none; padding: 0; } .checks li { padding-left: 1.5rem; margin: .3rem 0; }
.checks b { display: inline-block; width: 1.5rem; margin-left: -1.5rem; }
footer { margin-top: 3rem; border-top: 1px solid var(--line); }
"""

_INTERVALS = (
    "Small below a figure: its 95 % interval, and what it says; unclear is what holds zero."
)

_FOOTER = (
    "Understudy suggests code that it learned overnight from one repository. This page was made "
    "on the machine where that lies, and it quotes some of its code: mind who gets it."
)

_MEASURED = (
    "The holes of the proof are cut from the newest commits, which were held back: nothing of them "
    "was learned from tonight. Base model, parent and candidate are asked the same holes, and the "
    "loss is that of the text that people wrote there, in nats a token: the lower, the less it "
    "surprised the model. Where there is no parent, the base model stands in its place.",
    "With snippets, excerpts of other files that a hole needs are shown beside it, as an editor "
    "does. Earlier holes are of proofs before tonight, and other code is the same every night; "
    "both show what was forgotten.",
    f"Intervals are those that 95 % of {DRAWS:,} draws of as many holes fall into, drawn with "
    "replacement, the difference taken hole by hole. A gain is sure where its interval does not "
    "hold zero. Figures compare with those of the same task set only.",
    "Energy is what the processor's own meter counted for the whole machine, other programs and "
    "all; where it cannot be read, nothing is guessed. Processor time is of the night's process.",
)


def _lede(record: NightRecord) -> list[Markup]:
    summary = record.summary
    said: list[str] = []
    if record.commit:
        learned = counted(summary.examples, "example", "examples")
        commits = counted(record.commits, "commit", "commits")
        since = f", since {record.since[:12]}" if record.since else ""
        said.append(f"It learned {learned} from {commits} up to {record.commit[:12]}{since}.")
    if record.comparisons:
        said.append(f"It was compared with {before(record)} on the code up to")
        said[-1] += f" {record.proved_until[:12]}."
    if summary.release is not None:
        said.append(f"Its release is {summary.release}.")
    return [element("p", " ".join(said), class_="lede")] if said else []


def _samples(record: NightRecord) -> list[Markup]:
    if not record.samples:
        return []
    number = {10: "Ten", 1: "One"}.get(len(record.samples), str(len(record.samples)))
    many = "completion" if len(record.samples) == 1 else "completions"
    return [element("h2", f"{number} {many} before and after"), cards.cards(record)]


def _proof(record: NightRecord) -> list[Markup]:
    if not record.comparisons:
        return []
    caption = (
        f"How much the loss changed against {before(record)}, with 95 % intervals. Left of zero is"
        " better."
    )
    rows: list[plots.Interval] = []
    for each in record.comparisons:
        moved = change(each)
        if not each.tokens or not all(map(math.isfinite, moved)):
            continue
        value, low, high = (100 * share for share in moved)
        rows.append(plots.Interval(each.name, value, low, high, percent_signed(moved.value)))
    return [
        element("h2", "The proof"),
        element("p", f"Loss in nats a token. Gain and change are against {before(record)}."),
        html_tables.proof_table(record),
        element("p", _INTERVALS, class_="note"),
        *(
            (element("figure", plots.intervals(rows), element("figcaption", caption)),)
            if rows
            else ()
        ),
    ]


def _learned_from(record: NightRecord) -> list[Markup]:
    found: list[Markup] = []
    if any(record.examples.values()):
        table = html_tables.counts_table(record.examples, what="unit", how_many="examples")
        found.append(table)
    if any(record.left_out.values()):
        found += [
            element("h3", "Left out"),
            html_tables.counts_table(record.left_out, what="reason", how_many="how often"),
            element("p", "Files, changes and events that were not learned from.", class_="note"),
        ]
    return [element("h2", "What it learned from"), *found] if found else []


def _spent(record: NightRecord) -> list[Markup]:
    if not record.spent:
        return []
    return [
        element("h2", "Time and energy"),
        element("p", f"The budget was {seconds(record.budget_s)}."),
        html_tables.spent_table(record.spent),
    ]


def _notes(record: NightRecord) -> list[Markup]:
    if not record.notes:
        return []
    return [
        element("h2", "Notes"),
        element("ul", *(element("li", text) for text in record.notes)),
    ]


def _facts(record: NightRecord) -> dict[str, object]:
    summary = record.summary
    return {
        "repository": summary.repository,
        "base model": record.base_model,
        "parent": summary.parent or "none: the base model itself",
        "release": summary.release or "none",
        "learned since": record.since or "the beginning",
        "learned up to": record.commit or "–",
        "proved up to": record.proved_until or "–",
        "task set": record.task_set or "–",
        "began": moment(summary.began_at),
        "ended": moment(summary.ended_at),
        "budget": seconds(record.budget_s),
    }


def _more_facts(title: str, facts: Mapping[str, str | int | float | bool | None]) -> list[Markup]:
    if not facts:
        return []
    plain = {name: "–" if value in (None, "") else value for name, value in facts.items()}
    return [element("h3", title), facts_table(plain)]
