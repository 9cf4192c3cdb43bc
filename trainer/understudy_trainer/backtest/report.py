"""What is left of a backtest: the page, a picture of its chart, everything as JSON, and a table for
the terminal."""

from pathlib import Path

import msgspec
from rich.table import Table
from rich.text import Text

from understudy_trainer.backtest.arm_figures import ArmFigures
from understudy_trainer.backtest.cost import Cost, cost
from understudy_trainer.backtest.examples import Examples, examples
from understudy_trainer.backtest.figures import Figures, figures
from understudy_trainer.backtest.headline import headline
from understudy_trainer.backtest.page import report_page
from understudy_trainer.backtest.picture import draw
from understudy_trainer.backtest.tally import Backtest
from understudy_trainer.backtest.wording import (
    UNKNOWN,
    arm_name,
    milliseconds,
    percent,
    percent_span,
    rounded,
)

PAGE = "report.html"
DATA = "report.json"
PICTURE = "chart.png"


class Report(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `DATA` holds."""

    headline: str
    figures: Figures
    cost: Cost | None
    examples: Examples
    backtest: Backtest


def write_report(backtest: Backtest, folder: Path) -> Path:
    """Writes the page, the picture and the data into `folder`; gives the page's path."""
    folder.mkdir(parents=True, exist_ok=True)
    found = figures(backtest)
    said = headline(backtest, found)
    report = Report(said, found, cost(backtest, found), examples(backtest, found), backtest)
    # The data first: everything else can be made again from it.
    data = msgspec.json.format(msgspec.json.encode(report), indent=1)
    (folder / DATA).write_bytes(data + b"\n")
    (folder / PAGE).write_text(report_page(backtest, found), encoding="utf-8")
    draw(found, folder / PICTURE, title=said)
    return folder / PAGE


def table(backtest: Backtest, figures: Figures) -> Table:
    """For the terminal."""
    made = Table(
        title=Text(f"Backtest of {backtest.walk.repository}"),
        caption=Text(headline(backtest, figures)),
    )
    made.add_column("arm")
    for name in _COLUMNS:
        made.add_column(name, justify="right")
    for arm, each in figures.arms.items():
        # Names are text, whatever brackets they hold.
        made.add_row(Text(arm_name(arm)), *_cells(each))
    return made


_COLUMNS = (
    "keys saved",
    "95 %",
    "code",
    "shown",
    "taken",
    "kept",
    "calls / 1,000 keys",
    "first text",
)


def _cells(arm: ArmFigures) -> tuple[str, ...]:
    return (
        percent(arm.saved.value),
        percent_span(arm.saved) or UNKNOWN,
        percent(arm.share.value),
        f"{arm.shown:,}",
        percent(arm.taken_of_shown.value),
        percent(arm.kept.value),
        rounded(arm.calls_per_1000_keys.value),
        milliseconds(arm.first_text_ms_p50),
    )
