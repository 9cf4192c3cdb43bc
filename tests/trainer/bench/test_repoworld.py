"""`bench repoworld` on a small task set, with agents that need no engine."""

from pathlib import Path

import msgspec
import pytest
from task_sets import Learner, task_set

from understudy.commands.bench_repoworld import compared
from understudy_protocol.errors import ConfigError, NotFound
from understudy_trainer.bench.repoworld import RepoWorldRun, measure, run_repoworld
from understudy_trainer.repoworld.agent import Agent
from understudy_trainer.repoworld.controls import Nothing, Oracle
from understudy_trainer.repoworld.task_set import Cut

HOLES = task_set(12)


async def measured(*agents: Agent, out: Path | None = None) -> tuple[RepoWorldRun, list[Path]]:
    """The run, and the folders that were made for worlds."""
    made: list[Path] = []

    def check_out(cut: Cut, folder: Path) -> Path:
        made.append(folder / cut.world)
        made[-1].mkdir()
        return made[-1]

    done = await measure(HOLES, agents, check_out=check_out, progress=lambda text: None, out=out)
    return done, made


async def test_each_agent_has_success_an_interval_n_and_the_hash_of_the_task_set() -> None:
    done, _ = await measured(Oracle(), Nothing(), Learner())
    printed = msgspec.json.decode(msgspec.json.encode(compared(done)))
    assert printed["bench"] == "repoworld"
    assert printed["hash"] == HOLES.hash
    assert list(printed["agents"]) == ["oracle", "nothing", "learner"]
    for name, success in (("oracle", 1.0), ("nothing", 0.0)):
        figures = printed["agents"][name]
        assert [figures[each] for each in ("success", "low", "high", "n")] == [success] * 3 + [12]
        assert figures["loss"] is None
    assert "by_kind" not in printed["agents"]["oracle"]
    assert printed["machine"]["cores"] > 0


async def test_worlds_are_checked_out_once_for_all_agents_and_cleared_away() -> None:
    _, folders = await measured(Oracle(), Nothing())
    assert [folder.name for folder in folders] == ["click", "rich"]
    assert not any(folder.exists() for folder in folders)


async def test_a_folder_keeps_the_report_and_what_was_answered(tmp_path: Path) -> None:
    first, again = Learner(), Learner()
    done, _ = await measured(first, Oracle(), out=tmp_path)
    assert done.page == tmp_path / "report.html"
    assert names_in(tmp_path) == {"report.html", "figures.json", "results.jsonl"}
    repeated, folders = await measured(again, Oracle(), out=tmp_path)
    assert again.asked == []
    assert folders == []
    assert repeated.comparison == done.comparison


async def test_without_a_folder_there_is_no_report() -> None:
    done, _ = await measured(Oracle())
    assert done.page is None


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.mark.parametrize(
    ("suite", "agents", "problem"),
    [("mini", [], "No agent was named"), ("huge", ["oracle"], "no suite huge")],
)
async def test_what_there_is_not_is_refused_before_anything_is_made(
    suite: str, agents: list[str], problem: str
) -> None:
    with pytest.raises(ConfigError, match=problem):
        await run_repoworld(suite=suite, agents=agents, progress=lambda text: None)


async def test_a_release_that_there_is_not_is_refused_before_anything_is_made(
    tmp_path: Path,
) -> None:
    with pytest.raises(NotFound, match="no release '3f9a'"):
        await run_repoworld(
            suite="mini",
            agents=["oracle", "release:3f9a"],
            progress=lambda text: pytest.fail(f"began to do something: {text}"),
            state_dir=tmp_path,
        )
