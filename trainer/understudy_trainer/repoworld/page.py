"""The comparison page: one HTML file with everything in it, which asks no network for anything."""

from collections.abc import Mapping, Sequence

from understudy_protocol.bench import Value
from understudy_trainer.page_style import page
from understudy_trainer.repoworld import plots, side_by_side, tables
from understudy_trainer.repoworld.bootstrap import DRAWS
from understudy_trainer.repoworld.comparison import Comparison, judged, percent
from understudy_trainer.repoworld.figures import AgentFigures, asked_of_all, by_agent
from understudy_trainer.repoworld.judging import Judged
from understudy_trainer.repoworld.markup import Markup, element, joined
from understudy_trainer.repoworld.results import Result
from understudy_trainer.repoworld.task_set import TaskSet
from understudy_trainer.repoworld.world_tests import FILES


def comparison_page(
    task_set: TaskSet,
    results: Sequence[Result],
    comparison: Comparison,
    *,
    described: Mapping[str, Value],
    tests: Judged | None = None,
) -> str:
    """`described` are settings and the machine, shown as they are; `tests` is what they made of
    the results, if they were run."""
    found = comparison.figures
    title = f"RepoWorld {found.suite}"
    # The floor and the ceiling would only push the others together.
    agents = judged(found) or list(found.agents)
    style = Markup(f"<style>{plots.STYLE}{tables.STYLE}{side_by_side.STYLE}</style>")
    body = joined(
        style,
        element("p", title, class_="muted"),
        element("h1", comparison.headline),
        element("p", _facts(task_set, found.agents[0]), class_="lede"),
        element("h2", "Holes filled"),
        _success_plot(agents),
        element("h2", "All figures"),
        tables.figures_table(comparison),
        element("p", _FIGURES, class_="note"),
        element("h2", "Loss on the true text"),
        _loss_plot(agents),
        element("h2", "By kind of hole"),
        element("p", "Percent of holes filled; what is easiest for all agents comes first."),
        tables.heat_table(agents, lambda agent: agent.by_kind, "kind"),
        element("h2", "By world"),
        tables.heat_table(agents, lambda agent: agent.by_world, "world"),
        element("h2", f"{side_by_side.SHOWN} holes side by side"),
        element("p", _CHOSEN),
        *_holes(task_set, results, agents),
        element("h2", "How it was measured"),
        *(element("p", text) for text in _measured(tests)),
        _described({"task_set": found.hash, "seed": found.seed, **described}),
    )
    return page(title, body)


_FIGURES = (
    "Under each figure stands its 95 % interval. Success: any candidate is right. Loss: nats a "
    "token of the true text, the lower the better. First token, similarity and kept characters "
    "are those of the first candidate: whether it begins right, how few edits are left to do (1 "
    "is none), and how much of it could stay. Milliseconds are the median and the 95th "
    "percentile, tokens the mean a hole."
)

_CHOSEN = (
    "The first holes of each kind in the order of their hashes, so nobody has chosen. The true "
    "text is marked."
)

_ASKED = (
    "Holes are cut from lines that were new in each world after a moment, the cut; the files as "
    "they were at the cut are all that an agent can see besides the file it works in. In each "
    "world an agent starts anew."
)

_BY_TEXT = (
    "An answer is a success if it is the true text, but for blanks at the ends of lines, or if "
    "the file has the same syntax tree with it, comments and layout aside. Where the hole lies "
    "within one line, the answer counts as far as the line's end."
)

_TEXT_ONLY = (
    "What would do just as well in other words counts as wrong, so success is a lower bound for "
    "every agent."
)

_BY_TESTS = (
    "What is no success by its text is one if the repository's tests pass with it: those in up to "
    f"{FILES} files that concern the place, in a sandbox, in the world as it was in the end. They "
    "tell something if they pass with the true text and fail with next to nothing in its place: no "
    "statement, or each of no value, None and True. Elsewhere the text alone decides. Tests that "
    "tell something may still overlook a mistake; what line-above has from them says how often."
)

_COMPARED = (
    f"Agents are asked the same holes. Intervals are percentiles of {DRAWS:,} draws of as many "
    "holes with replacement, the same for all agents. A difference has an interval of its own, "
    "hole by hole, so it may be sure where the intervals of the two overlap. A figure that is the "
    "same for each hole has an interval without width, which only says that there were too few "
    "holes to tell."
)

_OF_ONE_SET = "Results compare with others of the same task set only, which its hash names."


def _measured(tests: Judged | None) -> list[str]:
    if tests is None:
        return [_ASKED, f"{_BY_TEXT} {_TEXT_ONLY}", _COMPARED, _OF_ONE_SET]
    told = (
        f"Of {tests.asked} holes at which an agent wrote something else that is Python, "
        f"{tests.told} have tests that tell something. Successes from tests only: "
        f"{', '.join(f'{agent} {count}' for agent, count in tests.by_tests.items())}."
    )
    how = [_BY_TEXT, f"{_BY_TESTS} {told}", *([tests.note] if tests.note else [])]
    only = f"{_OF_ONE_SET} Those judged with tests do not compare with those judged without."
    return [_ASKED, *how, _COMPARED, only]


def _facts(task_set: TaskSet, agent: AgentFigures) -> str:
    asked = f"{agent.n} holes"
    if agent.n < len(task_set.holes):
        asked = f"{agent.n} of {len(task_set.holes)} holes (the run was not finished)"
    kinds, worlds = len(agent.by_kind), len(agent.by_world)
    return f"{asked} of {kinds} kinds in {worlds} worlds, task set {task_set.hash}."


def _success_plot(agents: Sequence[AgentFigures]) -> Markup:
    rows = [
        plots.Row(
            agent.agent,
            value=100 * agent.success,
            low=100 * agent.low,
            high=100 * agent.high,
            shown=percent(agent.success),
        )
        for agent in agents
    ]
    return plots.interval_plot(rows, unit=" %", from_zero=True)


def _loss_plot(agents: Sequence[AgentFigures]) -> Markup:
    rows = [
        plots.Row(
            agent.agent,
            value=agent.loss,
            low=agent.loss_low,
            high=agent.loss_high,
            shown=f"{agent.loss:.3f}",
        )
        for agent in agents
        if agent.loss is not None and agent.loss_low is not None and agent.loss_high is not None
    ]
    if not rows:
        return element("p", "No agent that was run has a loss.")
    return plots.interval_plot(rows, unit="", from_zero=False)


def _holes(
    task_set: TaskSet, results: Sequence[Result], agents: Sequence[AgentFigures]
) -> list[Markup]:
    answers = by_agent(results, task_set.hash)
    asked = asked_of_all(list(answers.values()))
    return [
        side_by_side.side_by_side(
            hole, {agent.agent: answers[agent.agent][hole.id] for agent in agents}
        )
        for hole in side_by_side.chosen([hole for hole in task_set.holes if hole.id in asked])
    ]


def _described(facts: Mapping[str, Value]) -> Markup:
    rows = [
        element("tr", element("th", name.replace("_", " "), scope="row"), element("td", str(value)))
        for name, value in facts.items()
    ]
    return element("div", element("table", element("tbody", *rows)), class_="scroll")
