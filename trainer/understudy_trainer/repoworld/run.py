"""The protocol: each agent starts anew in each world, learns, and is asked every hole."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from understudy_protocol.bench import Progress
from understudy_trainer.repoworld.agent import Agent, Answer
from understudy_trainer.repoworld.hole import Hole
from understudy_trainer.repoworld.pace import Pace
from understudy_trainer.repoworld.results import Result, open_results
from understudy_trainer.repoworld.task_set import TaskSet
from understudy_trainer.repoworld.verifier import success

Experience = Mapping[str, Sequence[Hole]]
"""World → holes that lie before its cut."""


async def run(
    task_set: TaskSet,
    agents: Sequence[Agent],
    *,
    folder_of: Callable[[str], Path],
    results: Path,
    progress: Progress,
    experience: Experience | None = None,
    judge: Callable[[Hole, Answer], bool] = success,
) -> list[Result]:
    """Every agent's result of every hole; those that are in the file `results` already are not
    asked for again. `folder_of` gives a world's files at the cut.

    Raises ConfigError if the file holds results of another task set.
    """
    names = {agent.name for agent in agents}
    with open_results(results, task_set=task_set.hash) as file:
        done = {(result.agent, result.hole) for result in file.known}
        wanted = {(name, hole.id) for name in names for hole in task_set.holes}
        pace = Pace(wanted=len(wanted), done=len(wanted & done))

        async def ask(agent: Agent) -> None:
            for world, holes in _by_world(task_set).items():
                left = [hole for hole in holes if (agent.name, hole.id) not in done]
                if not left:
                    continue
                progress(f"{agent.name} looks at {world}")
                await agent.init(world, folder_of(world))
                if experience is not None:
                    await agent.adapt(experience.get(world, ()))
                for hole in left:
                    progress(f"{agent.name}, {pace.line()}")
                    answer = await agent.complete(hole)
                    file.put(
                        Result(
                            task_set=task_set.hash,
                            agent=agent.name,
                            hole=hole.id,
                            answer=answer,
                            success=judge(hole, answer),
                        )
                    )
                    pace.step()

        # Beside each other: while one waits for the engine, another computes.
        asking = [asyncio.create_task(ask(agent)) for agent in agents]
        try:
            await asyncio.gather(*asking)
        finally:
            for task in asking:
                task.cancel()
            await asyncio.gather(*asking, return_exceptions=True)
        return [result for result in file.known if (result.agent, result.hole) in wanted]


def _by_world(task_set: TaskSet) -> dict[str, list[Hole]]:
    worlds: dict[str, list[Hole]] = {}
    for hole in task_set.holes:
        worlds.setdefault(hole.world, []).append(hole)
    return worlds
