"""The tables of the comparison page: figures of each agent, and success by kind and by world."""

import re
from collections.abc import Callable, Sequence

from understudy_trainer.repoworld.comparison import Comparison, percent
from understudy_trainer.repoworld.figures import AgentFigures, Difference, Score
from understudy_trainer.repoworld.markup import Markup, element, joined

STYLE = """
.figures { font-size: .85rem; border-collapse: separate; border-spacing: 0; }
.figures th, .figures td { padding: .35rem 0 .35rem .8rem; }
.figures thead .number { white-space: normal; }
.figures small { font-size: .9em; }
.figures th:first-child { position: sticky; left: 0; padding: .35rem .3rem .35rem 0;
  background: var(--paper); font-weight: 400; }
.figures thead th:first-child { font-weight: 600; }
.heat td[style] { background: color-mix(in srgb, var(--accent) var(--heat), transparent);
  padding-right: .5rem; min-width: 3.2rem; }
.heat thead .number { padding-right: .5rem; }
@media (max-width: 36rem) { .heat td[style] { padding-left: .3rem; } }
@media print { .figures { font-size: .65rem; } .figures th, .figures td { padding-left: .3rem; } }
"""


def figures_table(comparison: Comparison) -> Markup:
    names = ["agent", *(name for name, _ in _COLUMNS)]
    if comparison.baseline is not None:
        names.insert(2, f"more than {comparison.baseline}")
    rows: list[Markup] = []
    for agent in comparison.figures.agents:
        cells = [cell(agent) for _, cell in _COLUMNS]
        if comparison.baseline is not None:
            cells.insert(1, _difference(comparison.differences.get(agent.agent)))
        rows.append(element("tr", element("th", _breakable(agent.agent), scope="row"), *cells))
    return _table(names, rows)


def heat_table(
    agents: Sequence[AgentFigures], groups: Callable[[AgentFigures], dict[str, Score]], name: str
) -> Markup:
    """Success of each agent in each group, the easiest for all together at the top."""
    by_agent = [groups(agent) for agent in agents]

    def ease(group: str) -> float:
        return sum(scores[group].success for scores in by_agent)

    rows: list[Markup] = []
    for group in sorted(by_agent[0], key=lambda group: (-ease(group), group)):
        cells = [_cell(str(by_agent[0][group].n))]
        cells += [_heat(scores[group]) for scores in by_agent]
        rows.append(element("tr", element("th", _breakable(group), scope="row"), *cells))
    return _table([name, "holes", *(agent.agent for agent in agents)], rows, class_="heat")


def _table(names: Sequence[str], rows: Sequence[Markup], *, class_: str = "") -> Markup:
    first, *others = names
    others = [element("th", _breakable(each), class_="number") for each in others]
    head = element("tr", element("th", first), *others)
    table = element(
        "table",
        element("thead", head),
        element("tbody", *rows),
        class_=f"figures {class_}".strip(),
    )
    # Whoever has only keys can scroll it, too.
    return element("div", table, class_="scroll", tabindex="0")


def _cell(text: str, small: str | None = None) -> Markup:
    below = () if small is None else (element("small", small),)
    return element("td", text, *below, class_="number")


def _breakable(name: str) -> Markup:
    """May go on in the next line where a word of it ends."""
    first, *others = re.split(r"(?<=[+_])", name)
    return joined(first, *(part for other in others for part in (Markup("<wbr>"), other)))


def _heat(score: Score) -> Markup:
    title = f"{100 * score.low:.0f} to {100 * score.high:.0f} %"
    style = f"--heat: {55 * score.success:.0f}%"
    return element("td", f"{100 * score.success:.0f}", style=style, title=title, class_="number")


def _difference(found: Difference | None) -> Markup:
    if found is None:
        return _cell("–")
    ends = f"{100 * found.low:+.1f} to {100 * found.high:+.1f}"
    return _cell(f"{100 * found.success:+.1f}", ends)


def _success(agent: Score) -> Markup:
    ends = f"{100 * agent.low:.1f} to {100 * agent.high:.1f}"
    return _cell(percent(agent.success), ends)


def _loss(agent: Score) -> Markup:
    if agent.loss is None or agent.loss_low is None or agent.loss_high is None:
        return _cell("–")
    ends = f"{agent.loss_low:.3f} to {agent.loss_high:.3f}"
    return _cell(f"{agent.loss:.3f}", ends)


def _time(agent: Score) -> Markup:
    return _cell(_ms(agent.ms_p50), _ms(agent.ms_p95))


def _ms(value: float) -> str:
    return f"{value:.1f}" if value < 10 else f"{value:.0f}"


_COLUMNS: tuple[tuple[str, Callable[[AgentFigures], Markup]], ...] = (
    ("success", _success),
    ("loss", _loss),
    ("answered", lambda agent: _cell(percent(agent.answered))),
    ("first token", lambda agent: _cell(percent(agent.first_token))),
    ("similarity", lambda agent: _cell(f"{agent.edit_similarity:.2f}")),
    ("kept", lambda agent: _cell(f"{agent.kept_characters:.1f}")),
    ("ms", _time),
    ("tokens read", lambda agent: _cell(f"{agent.prompt_tokens:.0f}")),
    ("written", lambda agent: _cell(f"{agent.output_tokens:.1f}")),
)
