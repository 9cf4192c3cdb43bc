"""The protocol, and that a run goes on where it was."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest
from task_sets import WORLDS, Learner, hole, results, task_set

from understudy_protocol.errors import ConfigError, EngineUnavailable
from understudy_trainer.repoworld.agent import Agent, Answer
from understudy_trainer.repoworld.hole import Hole
from understudy_trainer.repoworld.results import Result
from understudy_trainer.repoworld.run import Experience, run
from understudy_trainer.repoworld.task_set import TaskSet

HOLES = task_set(12)


class FailsAfter(Learner):
    """Its engine goes away after so many holes."""

    def __init__(self, holes: int) -> None:
        super().__init__()
        self._left = holes

    async def complete(self, hole: Hole) -> Answer:
        if self._left == 0:
            raise EngineUnavailable("It is gone.", "Start it again.")
        self._left -= 1
        return await super().complete(hole)


async def ran(
    folder: Path,
    agents: Sequence[Agent],
    *,
    holes: TaskSet = HOLES,
    experience: Experience | None = None,
    said: list[str] | None = None,
) -> list[Result]:
    return await run(
        holes,
        agents,
        folder_of=lambda world: folder / world,
        results=folder / "results.jsonl",
        progress=lambda text: None if said is None else said.append(text),
        experience=experience,
    )


async def test_each_agent_is_asked_each_hole_once_world_by_world(tmp_path: Path) -> None:
    one, other = Learner("one"), Learner("other")
    made = await ran(tmp_path, [one, other])
    assert one.worlds == other.worlds == list(WORLDS)
    assert one.asked == [each.id for world in WORLDS for each in HOLES.holes if each.world == world]
    assert [result.agent for result in made] == ["one"] * 12 + ["other"] * 12
    assert {result.task_set for result in made} == {HOLES.hash}
    lines = (tmp_path / "results.jsonl").read_bytes().splitlines()
    assert [msgspec.json.decode(line, type=Result) for line in lines] == made


async def test_init_forgets_what_was_learned_elsewhere(tmp_path: Path) -> None:
    def score(made: list[Result], world: str) -> int:
        here = {each.id for each in HOLES.holes if each.world == world}
        return sum(result.success for result in made if result.hole in here)

    rich = next(each for each in HOLES.holes if each.world == "rich")
    before = await ran(tmp_path / "before", [Learner()])
    click = next(each for each in HOLES.holes if each.world == "click")
    adapted = await ran(tmp_path / "both", [Learner()], experience={"click": [click]})
    assert score(adapted, "click") > score(before, "click")
    assert score(adapted, "rich") == score(before, "rich")
    at_home = await ran(tmp_path / "rich", [Learner()], experience={"rich": [rich]})
    assert score(at_home, "rich") > score(before, "rich")


@pytest.mark.parametrize("torn", ["", '{"task_set":"', '{"task_set":"0123456789abcdef","agent":"l'])
async def test_a_run_goes_on_where_it_was_killed_in_the_middle_of_a_line(
    tmp_path: Path, torn: str
) -> None:
    whole = await ran(tmp_path / "whole", [Learner()])
    with pytest.raises(EngineUnavailable):
        await ran(tmp_path, [FailsAfter(7)])
    with (tmp_path / "results.jsonl").open("a") as file:
        file.write(torn)
    rest = Learner()
    assert await ran(tmp_path, [rest]) == whole
    assert len(rest.asked) == 5
    assert rest.worlds == ["rich"]
    assert (tmp_path / "results.jsonl").read_bytes() == (
        tmp_path / "whole" / "results.jsonl"
    ).read_bytes()


async def test_a_run_that_is_done_asks_nothing(tmp_path: Path) -> None:
    first = await ran(tmp_path, [Learner()])
    again = Learner()
    assert await ran(tmp_path, [again]) == first
    assert again.asked == again.worlds == []


async def test_an_agent_more_is_asked_alone_and_one_less_is_left_out(tmp_path: Path) -> None:
    one, two, more = Learner("one"), Learner("one"), Learner("more")
    await ran(tmp_path, [one])
    made = await ran(tmp_path, [two, more])
    assert two.asked == []
    assert {result.agent for result in made} == {"one", "more"}
    assert {result.agent for result in await ran(tmp_path, [Learner("more")])} == {"more"}


async def test_results_of_another_task_set_are_refused(tmp_path: Path) -> None:
    await ran(tmp_path, [Learner()])
    before = (tmp_path / "results.jsonl").read_bytes()
    other = Learner()
    with pytest.raises(ConfigError, match="cannot be compared"):
        await ran(tmp_path, [other], holes=task_set(12, seed=1))
    assert other.asked == []
    assert (tmp_path / "results.jsonl").read_bytes() == before


@pytest.mark.parametrize("foreign", [b"hello\n", b"{}\n", b"[1]\n\xff\n"])
async def test_a_file_of_something_else_is_refused_and_left_alone(
    tmp_path: Path, foreign: bytes
) -> None:
    (tmp_path / "results.jsonl").write_bytes(foreign)
    with pytest.raises(ConfigError, match="something else than results"):
        await ran(tmp_path, [Learner()])
    assert (tmp_path / "results.jsonl").read_bytes() == foreign


async def test_progress_names_the_agent_and_how_many_holes_are_done(tmp_path: Path) -> None:
    said: list[str] = []
    await ran(tmp_path, [Learner("one"), Learner("other")], said=said)
    assert said[:2] == ["one looks at click", "one, hole 1 of 24"]
    assert said[-1].startswith("other, hole 24 of 24, ")
    assert said[-1].endswith(" s left")


async def test_line_separators_and_control_characters_are_kept_as_they_are(tmp_path: Path) -> None:
    odd = msgspec.structs.replace(HOLES, holes=(hole("'é\u2028\x00'"),))

    class Odd(Learner):
        async def complete(self, hole: Hole) -> Answer:
            return Answer(candidates=(hole.middle, "a\nb\r\n\x00"))

    made = await ran(tmp_path, [Odd()], holes=odd)
    assert made[0].success
    assert await ran(tmp_path, [Odd()], holes=odd) == made


def test_results_made_up_in_tests_are_as_good_as_they_say() -> None:
    made = results(task_set(400), "a", success=0.5)
    assert 0.4 < sum(result.success for result in made) / 400 < 0.6
