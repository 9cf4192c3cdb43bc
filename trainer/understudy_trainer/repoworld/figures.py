"""What results come to: means with 95 % intervals, by agent, kind and world.

Everything is paired by hole: only holes that every agent has been asked are counted, and each draw
of the bootstrap takes the same holes for all of them. A difference between two agents has an
interval of its own, because it is much smaller than theirs would make it.
"""

from collections.abc import Callable, Sequence

import msgspec
import numpy as np

from understudy_protocol.errors import ConfigError
from understudy_trainer.repoworld.bootstrap import Numbers, ends, resampled
from understudy_trainer.repoworld.hole import Hole
from understudy_trainer.repoworld.results import Result
from understudy_trainer.repoworld.task_set import TaskSet, check_same
from understudy_trainer.repoworld.verifier import (
    edit_similarity,
    first_token_match,
    kept_characters,
)


class Score(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Of one agent on some holes; `low` and `high` are the ends of a 95 % interval."""

    n: int
    success: float
    low: float
    high: float
    loss: float | None
    """Nats per token of the true text, over holes that every agent with a loss has one for; None
    for an agent without."""
    loss_low: float | None
    loss_high: float | None
    loss_n: int
    answered: float
    """Share of holes for which anything was shown."""
    first_token: float
    """Share whose first choice begins with the right word or sign."""
    edit_similarity: float
    kept_characters: float
    """A hole."""
    prompt_tokens: float
    """A hole."""
    output_tokens: float
    """A hole."""
    ms_p50: float
    ms_p95: float


class AgentFigures(Score, frozen=True, forbid_unknown_fields=True, kw_only=True):
    agent: str
    by_kind: dict[str, Score]
    by_world: dict[str, Score]


class Figures(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    hash: str
    """Of the task set."""
    suite: str
    seed: int
    agents: tuple[AgentFigures, ...]
    """In the order of their results."""


class Difference(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One agent less the other, on the same holes, with the ends of 95 % intervals."""

    n: int
    success: float
    low: float
    high: float
    loss: float | None
    loss_low: float | None
    loss_high: float | None
    loss_n: int


def figures(task_set: TaskSet, results: Sequence[Result]) -> Figures:
    """Raises ConfigError if results are of another task set, or no hole was asked of all."""
    agents = by_agent(results, task_set.hash)
    asked = asked_of_all(list(agents.values()))
    holes = [hole for hole in task_set.holes if hole.id in asked]
    with_loss = [each for each in agents.values() if any(map(_has_loss, each.values()))]
    lossy = {hole.id for hole in holes if all(_has_loss(each[hole.id]) for each in with_loss)}

    def score(each: dict[str, Result], among: list[Hole]) -> Score:
        comparable = lossy if each in with_loss else set[str]()
        return _score(among, [each[hole.id] for hole in among], comparable)

    def scores(each: dict[str, Result], group_of: Callable[[Hole], str]) -> dict[str, Score]:
        groups: dict[str, list[Hole]] = {}
        for hole in holes:
            groups.setdefault(group_of(hole), []).append(hole)
        return {name: score(each, among) for name, among in sorted(groups.items())}

    return Figures(
        hash=task_set.hash,
        suite=task_set.suite,
        seed=task_set.seed,
        agents=tuple(
            AgentFigures(
                agent=name,
                by_kind=scores(each, lambda hole: hole.kind),
                by_world=scores(each, lambda hole: hole.world),
                **msgspec.structs.asdict(score(each, holes)),
            )
            for name, each in agents.items()
        ),
    )


def difference(one: Sequence[Result], other: Sequence[Result]) -> Difference:
    """What an agent does better than another (or than itself in another run), hole by hole.

    Raises ConfigError if the results are of two task sets, or no hole was asked of both.
    """
    for result in (*one, *other):
        check_same(result.task_set, one[0].task_set if one else result.task_set)
    first, second = ({result.hole: result for result in each} for each in (one, other))
    pairs = [(first[hole], second[hole]) for hole in sorted(asked_of_all([first, second]))]
    successes = np.array([[a.success, b.success] for a, b in pairs], dtype=np.float64)
    low, high = ends(_less(resampled(successes) / len(pairs)))
    lossy = [(a, b) for a, b in pairs if _has_loss(a) and _has_loss(b)]
    loss, loss_low, loss_high = None, None, None
    if lossy:
        columns = np.array([[*_loss_and_tokens(a), *_loss_and_tokens(b)] for a, b in lossy])
        loss = float(_loss_less(columns.sum(axis=0, keepdims=True))[0])
        loss_low, loss_high = ends(_loss_less(resampled(columns)))
    return Difference(
        n=len(pairs),
        success=float(_less(successes).mean()),
        low=low,
        high=high,
        loss=loss,
        loss_low=loss_low,
        loss_high=loss_high,
        loss_n=len(lossy),
    )


def by_agent(results: Sequence[Result], task_set: str) -> dict[str, dict[str, Result]]:
    """Agent → hole → its result. Raises ConfigError if one is of another task set."""
    agents: dict[str, dict[str, Result]] = {}
    for result in results:
        check_same(result.task_set, task_set)
        agents.setdefault(result.agent, {})[result.hole] = result
    return agents


def asked_of_all(agents: Sequence[dict[str, Result]]) -> set[str]:
    """Ids of holes. Raises ConfigError if there is none."""
    asked = {hole for each in agents for hole in each}
    for each in agents:
        asked &= each.keys()
    if not asked:
        raise ConfigError(
            "There is no hole that every agent was asked.",
            "Let the run get further; it goes on where it was.",
        )
    return asked


def _score(holes: list[Hole], results: list[Result], comparable: set[str]) -> Score:
    successes = np.array([[result.success] for result in results], dtype=np.float64)
    low, high = ends(resampled(successes)[:, 0] / len(results))
    lossy = [_loss_and_tokens(result) for result in results if result.hole in comparable]
    loss, loss_low, loss_high = None, None, None
    if lossy:
        columns = np.array(lossy)
        sums = resampled(columns)
        loss = float(columns[:, 0].sum() / columns[:, 1].sum())
        loss_low, loss_high = ends(sums[:, 0] / sums[:, 1])
    answers = [result.answer for result in results]
    both = list(zip(holes, answers, strict=True))
    ms_p50, ms_p95 = np.percentile([answer.ms for answer in answers], [50, 95])
    return Score(
        n=len(results),
        success=float(successes.mean()),
        low=low,
        high=high,
        loss=loss,
        loss_low=loss_low,
        loss_high=loss_high,
        loss_n=len(lossy),
        answered=_mean([bool(answer.candidates) for answer in answers]),
        first_token=_mean([first_token_match(hole, answer) for hole, answer in both]),
        edit_similarity=_mean([edit_similarity(hole, answer) for hole, answer in both]),
        kept_characters=_mean([kept_characters(hole, answer) for hole, answer in both]),
        prompt_tokens=_mean([answer.prompt_tokens for answer in answers]),
        output_tokens=_mean([answer.output_tokens for answer in answers]),
        ms_p50=float(ms_p50),
        ms_p95=float(ms_p95),
    )


def _has_loss(result: Result) -> bool:
    return result.answer.loss is not None and result.answer.loss_tokens > 0


def _loss_and_tokens(result: Result) -> tuple[float, float]:
    """In all; the mean a token is the quotient of two sums."""
    tokens = float(result.answer.loss_tokens)
    return (result.answer.loss or 0.0) * tokens, tokens


def _less(columns: Numbers) -> Numbers:
    return columns[:, 0] - columns[:, 1]


def _loss_less(columns: Numbers) -> Numbers:
    return columns[:, 0] / columns[:, 1] - columns[:, 2] / columns[:, 3]


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values))
