"""Agents without an engine: what a figure means when nothing, everything, or next to nothing is
known."""

import time
from collections.abc import Sequence
from pathlib import Path

from understudy_trainer.repoworld.agent import Answer
from understudy_trainer.repoworld.hole import Hole


class _Unlearning:
    """What learns nothing has nothing to forget."""

    async def init(self, world: str, folder: Path) -> None:
        pass

    async def adapt(self, experience: Sequence[Hole]) -> None:
        pass

    async def close(self) -> None:
        pass


class Nothing(_Unlearning):
    """Shows nothing. Whatever it scores is a fault of the verifier."""

    name = "nothing"

    async def complete(self, hole: Hole) -> Answer:
        return Answer()


class Oracle(_Unlearning):
    """Knows the true text. Whatever it misses is a fault of the verifier."""

    name = "oracle"

    async def complete(self, hole: Hole) -> Answer:
        return Answer(candidates=(hole.middle,))


class LineAbove(_Unlearning):
    """Writes what stands in the line above, from the cursor's column on."""

    name = "line-above"

    async def complete(self, hole: Hole) -> Answer:
        began = time.perf_counter()
        text = line_above(hole.prefix, hole.suffix)
        return Answer(
            candidates=(text,) if text.strip() else (),
            ms=1000 * (time.perf_counter() - began),
        )


def line_above(prefix: str, suffix: str) -> str:
    """The nearest line above the cursor's that is not blank, from the cursor's column on; without
    what stands behind the cursor already, where it ends like that."""
    *above, line = prefix.split("\n")
    copied = next((each for each in reversed(above) if each.strip()), "")[len(line) :].rstrip()
    rest = suffix.partition("\n")[0].rstrip()
    return copied.removesuffix(rest) if rest else copied


CONTROLS: dict[str, type[Nothing] | type[Oracle] | type[LineAbove]] = {
    agent.name: agent for agent in (Nothing, Oracle, LineAbove)
}
