"""`bench repoworld` on a small task set, with agents that need no engine."""

import base64
import json
import zlib
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest
from task_sets import Learner, task_set

from understudy.commands.bench_repoworld import compared
from understudy_protocol.errors import ConfigError, NotFound
from understudy_trainer.bench.repoworld import (
    RepositoryTests,
    RepoWorldRun,
    measure,
    run_repoworld,
)
from understudy_trainer.repoworld.agent import Agent, Answer
from understudy_trainer.repoworld.controls import Nothing, Oracle
from understudy_trainer.repoworld.hole import Hole
from understudy_trainer.repoworld.sandbox import Outcome
from understudy_trainer.repoworld.task_set import Cut
from understudy_trainer.repoworld.tester import ASKED
from understudy_trainer.repoworld.trial import NO_SANDBOX

HOLES = task_set(12)


async def measured(
    *agents: Agent, out: Path | None = None, tests: RepositoryTests | None = None
) -> tuple[RepoWorldRun, list[Path]]:
    """The run, and the folders that were made for worlds."""
    made: list[Path] = []

    def check_out(cut: Cut, folder: Path) -> Path:
        made.append(folder / cut.world)
        made[-1].mkdir()
        return made[-1]

    done = await measure(
        HOLES, agents, check_out=check_out, progress=lambda text: None, out=out, tests=tests
    )
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


class Swapper(Learner):
    """Writes a sum the other way round."""

    async def complete(self, hole: Hole) -> Answer:
        return Answer(candidates=(" + ".join(hole.middle.split(" + ")[::-1]),))


def sure(command: Sequence[str], *, folder: Path, seconds: float) -> Outcome:
    """Says that a test passes by itself, with the sum whichever way round, and with nothing else
    in its place."""
    asked = json.loads((folder / ASKED).read_text())
    if asked["wanted"] is None:
        told = base64.b64encode(zlib.compress(b'{"tests":["test_mix.py::test_mix"]}')).decode()
        return Outcome(0, f"\npassing:{told}\n")
    right = " + " in (folder / "src/mix.py").read_text()
    return Outcome(0, "\nall passed\n" if right else "\nfailed\n")


async def test_what_tests_make_a_success_is_one_and_how_it_was_judged_is_said(
    tmp_path: Path,
) -> None:
    made: list[Path] = []

    def at_the_end(cut: Cut, folder: Path) -> Path:
        made.append(folder / cut.world)
        made[-1].mkdir()
        (made[-1] / "test_mix.py").write_text("from mix import mix\n")
        return made[-1]

    agents = Nothing(), Oracle(), Swapper("swapper")
    by_text, _ = await measured(*agents, out=tmp_path)
    assert by_text.settings["success"] == "exact text or equal tree"
    assert "lower bound" in page_in(tmp_path)
    done, seen = await measured(*agents, out=tmp_path, tests=RepositoryTests(at_the_end, sure))
    assert [agent.success for agent in by_text.comparison.figures.agents] == [0, 1, 0]
    assert [agent.success for agent in done.comparison.figures.agents] == [0, 1, 1]
    facts = {
        "success": "exact text, equal tree or passing tests",
        "holes_for_tests": 12,
        "holes_that_tests_tell_of": 12,
        "successes_by_tests": "nothing 0, oracle 0, swapper 12",
    }
    assert facts.items() <= done.settings.items()
    assert "12 have tests that tell something" in page_in(tmp_path)
    assert "lower bound" not in page_in(tmp_path)
    # Agents never see what tests are run with, and what they answered is kept as it was.
    assert len(made) == 2
    assert not {folder.parent for folder in made} & {folder.parent for folder in seen}
    again, _ = await measured(*agents, out=tmp_path)
    assert again.comparison == by_text.comparison


async def test_without_a_sandbox_the_text_judges_and_the_page_says_why(tmp_path: Path) -> None:
    def at_the_end(cut: Cut, folder: Path) -> Path:
        (folder / "test_mix.py").write_text("from mix import mix\n")
        return folder

    tests = RepositoryTests(at_the_end, lambda *_, **__: None)
    done, _ = await measured(Swapper("swapper"), Oracle(), out=tmp_path, tests=tests)
    assert [agent.success for agent in done.comparison.figures.agents] == [0, 1]
    assert done.settings["tests_not_run"] == NO_SANDBOX
    assert NO_SANDBOX in page_in(tmp_path)


def page_in(folder: Path) -> str:
    return (folder / "report.html").read_text(encoding="utf-8")


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
