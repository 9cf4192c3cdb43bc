"""What is left of a run: the page, the figures as JSON, and a table for the terminal."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
from rich import box
from rich.table import Table
from rich.text import Text

from understudy_protocol.bench import Value
from understudy_trainer.repoworld.comparison import Comparison, percent
from understudy_trainer.repoworld.figures import AgentFigures
from understudy_trainer.repoworld.judging import Judged
from understudy_trainer.repoworld.page import comparison_page
from understudy_trainer.repoworld.results import Result
from understudy_trainer.repoworld.task_set import TaskSet

PAGE = "report.html"
FIGURES = "figures.json"


def write_report(
    folder: Path,
    *,
    task_set: TaskSet,
    results: Sequence[Result],
    comparison: Comparison,
    described: Mapping[str, Value],
    tests: Judged | None = None,
) -> Path:
    """Writes the page and the figures into `folder`; gives the page's path. `tests` is what they
    made of the results, if they were run."""
    folder.mkdir(parents=True, exist_ok=True)
    figures = msgspec.json.format(msgspec.json.encode(comparison), indent=2)
    (folder / FIGURES).write_bytes(figures + b"\n")
    page = comparison_page(task_set, results, comparison, described=described, tests=tests)
    (folder / PAGE).write_text(page, encoding="utf-8")
    return folder / PAGE


def table(comparison: Comparison) -> Table:
    """For a terminal of 80 columns; the page has the rest."""
    found = comparison.figures
    made = Table(
        title=f"RepoWorld {found.suite}",
        caption=Text(f"{comparison.headline} Task set {found.hash}."),
        caption_justify="left",
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
    )
    made.add_column("agent", no_wrap=True)
    for name in ("filled", "95 %", "loss", "ms", "tokens in", "out"):
        made.add_column(name, justify="right", no_wrap=True)
    for agent in found.agents:
        # Names are text, whatever brackets they hold.
        made.add_row(Text(agent.agent), *_cells(agent))
    return made


def _cells(agent: AgentFigures) -> tuple[str, ...]:
    return (
        percent(agent.success),
        f"{100 * agent.low:.1f} to {100 * agent.high:.1f}",
        "–" if agent.loss is None else f"{agent.loss:.3f}",
        f"{agent.ms_p50:.0f}",
        f"{agent.prompt_tokens:.0f}",
        f"{agent.output_tokens:.1f}",
    )
