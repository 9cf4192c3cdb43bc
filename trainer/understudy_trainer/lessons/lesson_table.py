"""Lessons for people: a table of all of them, and all there is to one."""

import time
from collections.abc import Container, Iterable

from rich import box
from rich.table import Table
from rich.text import Text

from understudy_protocol.lesson import Evidence, Lesson, Rate, Scope

SHOWN = 3
"""Places of evidence in a row."""


def table_of(lessons: Iterable[Lesson], *, title: str, in_prompts: Container[str]) -> Table:
    """`in_prompts` are the ids of those that the served release has."""
    table = Table(title=title, box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("id", no_wrap=True)
    table.add_column("lesson", overflow="fold")
    table.add_column("holds where", overflow="fold")
    table.add_column("without → with", no_wrap=True)
    table.add_column("night", no_wrap=True)
    table.add_column("in prompts", no_wrap=True)
    table.add_column("evidence", overflow="fold")
    for each in lessons:
        cells = (
            each.heuristic,
            _where(each.scope),
            _rates(each),
            _date(each.night),
            _yes(each.id in in_prompts),
            _shortened(_places(each.evidence)),
        )
        # Everything is text: names may hold brackets.
        table.add_row(each.id, *(Text(cell) for cell in cells))
    return table


def sheet_of(lesson: Lesson, *, in_prompts: Container[str]) -> Table:
    """One line for each thing that is known of it."""
    sheet = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    sheet.add_column(no_wrap=True)
    sheet.add_column(overflow="fold")
    cells = {
        "lesson": lesson.heuristic,
        "made of": lesson.critique,
        "holds where": _where(lesson.scope),
        "without → with": _rates(lesson),
        "night": _date(lesson.night),
        "in prompts": _yes(lesson.id in in_prompts),
        "evidence": "\n".join(dict.fromkeys(map(_parting, lesson.evidence))),
    }
    for name, cell in cells.items():
        sheet.add_row(name, Text(cell))
    return sheet


def _where(scope: Scope) -> str:
    places = [f"calls of {scope.callee}"] if scope.callee else []
    places += [f"near {' or '.join(scope.names)}"] if scope.names else []
    places += [f"in {scope.path}/"] if scope.path else []
    return f"{', '.join(places) or 'everywhere'} ({scope.language})"


def _rates(lesson: Lesson) -> str:
    return f"{_share(lesson.without)} → {_share(lesson.informed)}"


def _share(rate: Rate) -> str:
    return "-" if rate.share is None else f"{rate.passed}/{rate.asked}"


def _date(milliseconds: int) -> str:
    return time.strftime("%Y-%m-%d", time.localtime(milliseconds / 1000)) if milliseconds else "-"


def _yes(is_so: bool) -> str:
    return "yes" if is_so else "-"


def _places(evidence: Iterable[Evidence]) -> list[str]:
    """Each once, and the commits that they are from."""
    return list(dict.fromkeys(map(_place, evidence)))


def _place(of: Evidence) -> str:
    where = f"{of.path}:{of.line}" if of.line else of.path
    return f"{where} @{of.commit[:7]}" if of.commit else where


def _parting(of: Evidence) -> str:
    """With the kind of statement, as its grammar calls it."""
    return f"{_place(of)}, {of.node.replace('_', ' ')}" if of.node else _place(of)


def _shortened(places: list[str]) -> str:
    more = [f"{len(places) - SHOWN} more"] if len(places) > SHOWN else []
    return ", ".join([*places[:SHOWN], *more])
