"""The tables of the page: figures of each arm, of each night, by kind and by folder."""

from collections.abc import Callable, Mapping, Sequence

from understudy_protocol.events import READ_MS
from understudy_trainer.backtest.arm_figures import ArmFigures, SightFigures
from understudy_trainer.backtest.estimate import Estimate
from understudy_trainer.backtest.figures import Figures
from understudy_trainer.backtest.wording import (
    arm_name,
    date,
    duration,
    folder_name,
    kind_name,
    milliseconds,
    percent,
    percent_span,
    rounded,
    span,
)
from understudy_trainer.repoworld.markup import Markup, element

STYLE = """
.figures th[scope=row] { font-weight: 400; }
.figures td small { white-space: nowrap; } .figures thead .number { white-space: normal; }
.figures th:first-child { min-width: 9rem; overflow-wrap: anywhere; }
.facts th { width: 13rem; } .facts td { overflow-wrap: anywhere; }
.figures .bar { width: 4rem; margin-left: .6rem; }
@media (max-width: 36rem) { .facts th { width: 13rem; } .facts td { overflow-wrap: anywhere; }
.figures .bar { display: none; } }
@media print { .figures { font-size: .75rem; } .figures th, .figures td { padding-right: .5rem; } }
"""

ROWS = 15
"""Kinds and folders on the page; all of them are in the JSON."""


def arms_table(figures: Figures) -> Markup:
    """A row for each figure, so that there is room to say what it is; the arm of the headline comes
    first, so that it is seen on a phone."""
    arms = dict(sorted(figures.arms.items(), key=lambda each: each[0] != figures.main))
    rows = [
        element(
            "tr",
            element("th", name, element("small", about), scope="row"),
            *(cell(each) for each in arms.values()),
        )
        for name, about, cell in _FIGURES
    ]
    return _table(["", *(arm_name(arm) for arm in arms)], rows)


def nights_table(figures: Figures) -> Markup:
    rows = [
        element(
            "tr",
            element("th", date(night.first_at), element("small", arm_name(arm)), scope="row"),
            _number(str(each.hunks)),
            *(cell(each) for _, _, cell in _FIGURES),
        )
        for night in figures.nights
        for arm, each in night.arms.items()
    ]
    return _table(["from", "hunks", *(name for name, _, _ in _FIGURES)], rows)


def kinds_table(kinds: Mapping[str, SightFigures]) -> Markup:
    """Of one arm: where most was shown, the best first."""
    most = sorted(kinds, key=lambda kind: (-kinds[kind].shown, kind))[:ROWS]
    rows = [
        element(
            "tr",
            element("th", kind_name(kind), scope="row"),
            _number(f"{kinds[kind].shown:,}"),
            _share(kinds[kind].taken_of_shown, bar=True),
            _number(f"{kinds[kind].read:,}"),
            _share(kinds[kind].acceptance),
            _number(f"{kinds[kind].accepted:,}"),
        )
        for kind in sorted(most, key=lambda kind: (-(kinds[kind].taken_of_shown.value or 0), kind))
    ]
    names = ["kind of place", "shown", "taken, of shown", "read", "taken, of read", "characters"]
    return _table(names, rows)


def folders_table(folders: Mapping[str, ArmFigures]) -> Markup:
    """Of one arm: where most was written, the best first."""
    most = sorted(folders, key=lambda folder: (-folders[folder].characters, folder))[:ROWS]
    rows = [
        element(
            "tr",
            element("th", folder_name(folder), scope="row"),
            _number(f"{folders[folder].hunks:,}"),
            _share(folders[folder].saved, bar=True),
            _share(folders[folder].share),
            _share(folders[folder].acceptance),
        )
        for folder in sorted(most, key=lambda folder: (-(folders[folder].saved.value or 0), folder))
    ]
    return _table(["folder", "hunks", "keys saved", "code", "taken, of read"], rows)


def facts_table(facts: Mapping[str, object]) -> Markup:
    """Names and values as they are."""
    rows = [
        element("tr", element("th", _setting(name), scope="row"), element("td", str(value)))
        for name, value in facts.items()
    ]
    return element(
        "div", element("table", element("tbody", *rows), class_="facts"), class_="scroll"
    )


def _table(names: Sequence[str], rows: Sequence[Markup]) -> Markup:
    first, *others = names
    head = element("tr", element("th", first), *(element("th", n, class_="number") for n in others))
    table = element("table", element("thead", head), element("tbody", *rows), class_="figures")
    # Whoever has only keys can scroll it, too.
    return element("div", table, class_="scroll", tabindex="0")


def _setting(name: str) -> str:
    for ending, unit in ((" s", " (seconds)"), (" gib", " (GiB)")):
        if (plain := name.replace("_", " ")).endswith(ending):
            return plain.removesuffix(ending) + unit
    return name.replace("_", " ")


def _number(text: str, small: str = "") -> Markup:
    below = (element("small", small),) if small else ()
    return element("td", text, *below, class_="number")


def _share(estimate: Estimate, *, bar: bool = False) -> Markup:
    parts: list[str] = [percent(estimate.value)]
    if bar:
        filled = max(0.0, min(1.0, estimate.value or 0.0))
        parts.append(element("span", class_="bar", style=f"--share: {100 * filled:.0f}%"))
    # An interval without width is of a figure that is the same in each hunk: it says nothing.
    if estimate.low != estimate.high and (ends := percent_span(estimate)):
        parts.append(element("small", ends))
    return element("td", *parts, class_="number")


def _counted(estimate: Estimate) -> Markup:
    small = span(estimate) if estimate.low != estimate.high else ""
    return _number(rounded(estimate.value), small)


def _waits(arm: ArmFigures) -> Markup:
    p95 = arm.first_text_ms_p95
    small = "" if p95 is None else f"{milliseconds(p95)} at p95"
    return _number(milliseconds(arm.first_text_ms_p50), small)


_FIGURES: tuple[tuple[str, str, Callable[[ArmFigures], Markup]], ...] = (
    ("keystrokes saved", "of those it takes alone", lambda arm: _share(arm.saved)),
    ("code from suggestions", "share of its characters", lambda arm: _share(arm.share)),
    ("suggestions shown", "", lambda arm: _number(f"{arm.shown:,}")),
    (
        "taken, of read",
        f"at least in part; read: stood {READ_MS} ms, or was taken",
        lambda arm: _share(arm.acceptance),
    ),
    ("taken, of shown", "however short it stood", lambda arm: _share(arm.taken_of_shown)),
    ("kept", "of what was taken, still there at the commit", lambda arm: _share(arm.kept)),
    ("kept characters", "of those that were written", lambda arm: _share(arm.kept_share)),
    ("model calls", "per 1,000 keystrokes", lambda arm: _counted(arm.calls_per_1000_keys)),
    ("time to first text", "the median", _waits),
    (
        "tokens read",
        "by the model, per 1,000 characters of code",
        lambda arm: _counted(arm.prompt_tokens_per_1000_characters),
    ),
    (
        "tokens written",
        "by the model, per 1,000 characters of code",
        lambda arm: _counted(arm.output_tokens_per_1000_characters),
    ),
    ("developer's time", "simulated", lambda arm: _number(duration(arm.seconds))),
)
