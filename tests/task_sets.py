"""Small task sets, agents that need no engine, and results made up from a seed."""

import random
from collections.abc import Sequence
from pathlib import Path

from understudy_trainer.repoworld.agent import Answer
from understudy_trainer.repoworld.hole import Hole
from understudy_trainer.repoworld.results import Result
from understudy_trainer.repoworld.task_set import Cut, TaskSet

KINDS = ("call_arguments", "condition", "return_value")
WORLDS = ("click", "rich")


def hole(middle: str = "left, right", **changes: str) -> Hole:
    """A hole in a call; `changes` are its other fields."""
    fields = {
        "world": "click",
        "kind": "call_arguments",
        "path": "src/mix.py",
        "language": "python",
        "prefix": "def mix(left, right):\n    return add(",
        "suffix": ")  # the sum\n",
    }
    return Hole(middle=middle, **(fields | changes))


def task_set(count: int = 12, *, seed: int = 0) -> TaskSet:
    """Holes that differ, spread over kinds and worlds."""
    holes = tuple(
        hole(
            f"left, right + {seed * 1000 + number}",
            kind=KINDS[number % len(KINDS)],
            world=WORLDS[number % len(WORLDS)],
        )
        for number in range(count)
    )
    cuts = tuple(Cut(world, "0" * 40, "1" * 40) for world in WORLDS)
    return TaskSet("mini", seed, cuts, holes)


def results(
    of: TaskSet, agent: str, *, success: float, loss: float | None = None, seed: int = 0
) -> list[Result]:
    """One for each hole; `success` is the chance that it is right, `loss` about a token's."""
    chance = random.Random(f"{agent} {seed}")
    made: list[Result] = []
    for each in of.holes:
        right = chance.random() < success
        answer = Answer(
            candidates=(each.middle if right else "left, wrong",),
            loss=None if loss is None else loss * chance.uniform(0.5, 1.5),
            loss_tokens=0 if loss is None else chance.randint(3, 9),
            prompt_tokens=700,
            output_tokens=9,
            ms=chance.uniform(20, 90),
        )
        made.append(Result(of.hash, agent, each.id, answer, right))
    return made


class Learner:
    """Answers with what it was told last in this world, and counts how often it is asked."""

    def __init__(self, name: str = "learner") -> None:
        self.name = name
        self.asked: list[str] = []
        self.worlds: list[str] = []
        self._known = ""

    async def init(self, world: str, folder: Path) -> None:
        self.worlds.append(world)
        self._known = ""

    async def adapt(self, experience: Sequence[Hole]) -> None:
        for each in experience:
            self._known = each.middle

    async def complete(self, hole: Hole) -> Answer:
        self.asked.append(hole.id)
        return Answer(candidates=(self._known,) if self._known else ())

    async def close(self) -> None:
        pass
