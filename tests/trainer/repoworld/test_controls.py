"""The agents that say what a figure means."""

from pathlib import Path

import pytest
from task_sets import hole, task_set

from understudy_trainer.repoworld.agent import Agent
from understudy_trainer.repoworld.controls import CONTROLS, LineAbove, Nothing, Oracle, line_above
from understudy_trainer.repoworld.figures import figures
from understudy_trainer.repoworld.run import run


async def test_the_oracle_is_always_right_and_nothing_never(tmp_path: Path) -> None:
    holes = task_set(30)
    agents: list[Agent] = [Oracle(), Nothing(), LineAbove()]
    results = await run(
        holes,
        agents,
        folder_of=lambda world: tmp_path / world,
        results=tmp_path / "results.jsonl",
        progress=lambda text: None,
    )
    found = {agent.agent: agent.success for agent in figures(holes, results).agents}
    assert found == {"oracle": 1.0, "nothing": 0.0, "line-above": 0.0}


@pytest.mark.parametrize(
    ("prefix", "suffix", "expected"),
    [
        ("one = f(a)\ntwo = ", "\n", "f(a)"),
        ("one = f(a)\ntwo = f(", ")\n", "a"),
        ("one = f(a)\n\n   \ntwo = ", "\n", "f(a)"),
        ("one\ntwo = ", "\n", ""),
        ("", "\n", ""),
        ("only = ", "", ""),
        ("    return a  \n", "", "    return a"),
    ],
)
def test_the_line_above_is_copied_from_the_column_of_the_cursor(
    prefix: str, suffix: str, expected: str
) -> None:
    assert line_above(prefix, suffix) == expected


async def test_the_line_above_is_right_where_a_line_comes_twice() -> None:
    twice = hole("left, right", prefix="x = add(left, right)\ny = add(", suffix=")\n")
    assert (await LineAbove().complete(twice)).candidates == ("left, right",)
    alone = hole("left, right", prefix="add(", suffix=")\n")
    assert (await LineAbove().complete(alone)).candidates == ()


def test_controls_go_by_their_names() -> None:
    assert {name: kind().name for name, kind in CONTROLS.items()} == {
        name: name for name in ("nothing", "oracle", "line-above")
    }
