"""What a comparison says in the end: who is best, and beside whom."""

from collections.abc import Sequence

import msgspec

from understudy_trainer.repoworld.controls import Nothing, Oracle
from understudy_trainer.repoworld.figures import (
    AgentFigures,
    Difference,
    Figures,
    by_agent,
    difference,
    figures,
)
from understudy_trainer.repoworld.results import Result
from understudy_trainer.repoworld.task_set import TaskSet

BASELINES = ("copy", "base", "line-above")
"""Others are compared with the first of these that was run: copying is the one to beat, because it
needs no model."""

_ENDS = (Nothing.name, Oracle.name)
"""Nobody is compared with those."""


class Comparison(msgspec.Struct, frozen=True):
    figures: Figures
    baseline: str | None
    differences: dict[str, Difference]
    """Agent less baseline."""
    headline: str


def compare(task_set: TaskSet, results: Sequence[Result]) -> Comparison:
    """Raises ConfigError if results are of another task set, or no hole was asked of all."""
    found = figures(task_set, results)
    agents = {name: list(each.values()) for name, each in by_agent(results, task_set.hash).items()}
    baseline = next((name for name in BASELINES if name in agents), None)
    differences = {
        name: difference(each, agents[baseline])
        for name, each in agents.items()
        if baseline is not None and name != baseline and name not in _ENDS
    }
    return Comparison(found, baseline, differences, _headline(found, agents))


def judged(found: Figures) -> list[AgentFigures]:
    """Agents that are neither the floor nor the ceiling."""
    return [agent for agent in found.agents if agent.agent not in _ENDS]


def percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _headline(found: Figures, agents: dict[str, list[Result]]) -> str:
    order = sorted(judged(found), key=lambda agent: agent.success, reverse=True)
    if not order:
        parts = [f"{agent.agent} {percent(agent.success)}" for agent in found.agents]
        return f"Only controls were run: {', '.join(parts)}."
    best, *others = order
    filled = (
        f"{best.agent} fills {percent(best.success)} of {best.n} holes "
        f"({100 * best.low:.1f} to {100 * best.high:.1f})"
    )
    if not others:
        return f"{filled}."
    # The one to beat, unless that is the best one itself.
    rest = {agent.agent: agent for agent in others}
    other = next((rest[name] for name in BASELINES if name in rest), others[0])
    if best.agent in BASELINES[:1]:
        other = others[0]
    paired = difference(agents[best.agent], agents[other.agent])
    if paired.low <= 0 <= paired.high:
        return (
            f"{filled}; {other.agent} fills {percent(other.success)}, and the two cannot be told "
            "apart."
        )
    return (
        f"{filled}, {100 * paired.success:.1f} points more than {other.agent} "
        f"({100 * paired.low:.1f} to {100 * paired.high:.1f})."
    )
