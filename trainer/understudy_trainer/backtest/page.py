"""The page of a backtest: one HTML file with everything in it, which asks no network."""

from understudy_trainer.backtest import cards, chart, method, tables
from understudy_trainer.backtest.arm_figures import SightFigures
from understudy_trainer.backtest.cost import cost
from understudy_trainer.backtest.examples import RULE, examples
from understudy_trainer.backtest.figures import NO_ASSISTANT, Figures
from understudy_trainer.backtest.headline import beside, headline
from understudy_trainer.backtest.tally import Backtest
from understudy_trainer.backtest.wording import arm_name, counted, date, kind_name, percent
from understudy_trainer.page_style import page
from understudy_trainer.repoworld.markup import Markup, element, joined


def report_page(backtest: Backtest, figures: Figures) -> str:
    title = f"Backtest of {backtest.walk.repository}"
    body = joined(
        Markup(f"<style>{_STYLE}{chart.STYLE}{tables.STYLE}{cards.STYLE}</style>"),
        element("p", title, class_="muted"),
        element("h1", _unbroken(headline(backtest, figures))),
        _lede(backtest, figures),
        _notices(backtest, figures),
        *(_results(backtest, figures) if figures.arms else ()),
        element("h2", "How it was measured"),
        method.measured(backtest, figures),
        element("h2", "What it would cost"),
        method.costs(backtest, cost(backtest, figures)),
        element("h2", "To run it again"),
        method.again(backtest),
        element("footer", element("p", _FOOTER)),
    )
    return page(title, body)


_STYLE = """
.short { width: auto; } footer { margin-top: 3rem; border-top: 1px solid var(--line); }
summary { cursor: pointer; color: var(--accent); }
@media print { details { display: none; } }
"""

_FOOTER = (
    "Understudy suggests code that it learned overnight from one repository. This page was made "
    "on the machine where that lies, and it quotes some of its code: mind who gets it."
)

_WORTH_NAMING = 20
"""Suggestions of a kind; fewer tell nothing."""

_NAMED = 3
"""Kinds that are best or worst."""


def _lede(backtest: Backtest, figures: Figures) -> Markup:
    walk = backtest.walk
    main = None if figures.main is None else figures.arms.get(figures.main)
    if figures.main is None or main is None or not main.shown:
        return joined()
    text = (
        f"With {arm_name(figures.main)}, in {counted(figures.hunks, 'hunk', 'hunks')} from "
        f"{date(walk.first_at)} to {date(walk.last_at)}: {percent(main.share.value)} of the code "
        f"would have come from suggestions, and {percent(main.taken_of_shown.value)} of what was "
        "suggested would have been taken, in whole or in part."
    )
    return element("p", _unbroken(text), class_="lede")


def _unbroken(text: str) -> str:
    """So that no number ends a line whose unit begins the next."""
    return text.replace(" %", "\N{NO-BREAK SPACE}%")


def _notices(backtest: Backtest, figures: Figures) -> Markup:
    notices = list(backtest.notes)
    if not backtest.complete:
        notices.append(
            f"The backtest was ended before its last hunk: {figures.hunks:,} of "
            f"{backtest.walk.hunks:,} were typed with every arm. What came later in the history "
            "is not in these figures."
        )
    if figures.not_begun and figures.hunks:
        arms = ", ".join(arm_name(arm) for arm in figures.not_begun)
        notices.append(f"Not begun, and so not in the report: {arms}.")
    silent = [arm for arm, each in figures.arms.items() if not each.shown and arm != NO_ASSISTANT]
    if silent:
        notices.append(f"Suggested nothing: {', '.join(arm_name(arm) for arm in silent)}.")
    return joined(*(element("p", text, class_="notice") for text in notices))


def _results(backtest: Backtest, figures: Figures) -> list[Markup]:
    sections = [
        element("h2", "Night by night" if len(figures.nights) > 1 else "Keystrokes saved"),
        element("figure", chart.chart(figures), element("figcaption", _caption(figures))),
        element("h2", "The arms"),
        tables.arms_table(figures),
        element("p", "Small under a figure: its 95 % interval.", class_="note"),
        *(element("p", beside(each)) for each in figures.differences if each.arm == figures.main),
    ]
    if len(figures.nights) > 1:
        summary = element("summary", "All figures of each night")
        sections.insert(2, element("details", summary, tables.nights_table(figures)))
    if figures.main is None:
        return sections
    main = figures.main
    kinds = {kind: arms[main] for kind, arms in figures.kinds.items() if arms[main].shown}
    folders = {folder: arms[main] for folder, arms in figures.folders.items()}
    return [
        *sections,
        element("h2", "What it was good and bad at"),
        element("p", f"With {arm_name(main)}."),
        element("h3", "By kind of place"),
        *_kinds(kinds),
        element("h3", "By folder"),
        tables.folders_table(folders),
        *_more(len(folders), "folders"),
        element("h2", "Ten suggestions"),
        element("p", RULE),
        cards.cards(examples(backtest, figures)),
    ]


def _caption(figures: Figures) -> str:
    if len(figures.nights) < 2:
        return (
            "Of those that it takes without an assistant, with 95 % intervals where there are "
            "hunks enough."
        )
    band = f" The band is the 95 % interval of {arm_name(figures.main)}." if figures.main else ""
    return (
        "Keystrokes saved, of those that it takes without an assistant. A night lies between two "
        f"points; the dates are of the first commit after it.{band}"
    )


def _kinds(kinds: dict[str, SightFigures]) -> list[Markup]:
    if not kinds:
        return [element("p", "Nothing was suggested.")]
    shares = {
        kind: each.taken_of_shown.value or 0.0
        for kind, each in kinds.items()
        if kind and each.shown >= _WORTH_NAMING
    }
    ordered = sorted(shares, key=lambda kind: (-shares[kind], kind))
    said: list[Markup] = []
    if len(ordered) >= 2 * _NAMED:
        best, worst = (
            ", ".join(f"{kind_name(kind)} ({100 * shares[kind]:.0f} % taken)" for kind in part)
            for part in (ordered[:_NAMED], ordered[: -_NAMED - 1 : -1])
        )
        text = (
            f"Best: {best}. Worst: {worst}. Of kinds that were shown {_WORTH_NAMING} times or more."
        )
        said.append(element("p", text))
    return [*said, tables.kinds_table(kinds), *_more(len(kinds), "kinds")]


def _more(number: int, what: str) -> list[Markup]:
    if number <= tables.ROWS:
        return []
    text = f"The {tables.ROWS} of {number} {what} with most in them; all are in report.json."
    return [element("p", text, class_="note")]
