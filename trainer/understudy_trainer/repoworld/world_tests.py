"""The tests of a world, as they are asked about holes in it."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from understudy_trainer.repoworld.concerned import concerned, files_of_tests
from understudy_trainer.repoworld.hole import Hole
from understudy_trainer.repoworld.syntax import compiles
from understudy_trainer.repoworld.trial import Passing, Sandbox, passes, passing

FILES = 3
"""Files of tests that are asked about a hole."""

NOTHING = ("", "pass")
"""What stands for no statement; the first with which the file is Python."""

VALUES = ("", "None", "True")
"""What stands for no value. With one alone, a condition that is nearly always met, or never, would
seem to be tested."""

NAMES = ("_",)
"""Where neither can stand."""

NONE_CONCERN = "no tests that pass with the true text concern it"
FAIL_TOGETHER = "its tests fail with the true text"
PASS_WITHOUT = "its tests pass with next to nothing in its place"
NOTHING_ELSE = "nothing but a candidate can stand in its place"


class WorldTests:
    """`folder` has the world's files with the true text everywhere. What passes in a file of tests
    is found out once."""

    def __init__(self, folder: Path, sandbox: Sandbox) -> None:
        self._folder = folder
        self._sandbox = sandbox
        self._texts = files_of_tests(folder)
        self._passing: dict[str, Passing] = {}
        self._finding = asyncio.Lock()

    async def why_silent(self, hole: Hole) -> str:
        """Why tests do not tell right from wrong in this place; nothing if they do.

        Raises NotRun."""
        least = stand_ins(hole)
        if not least:
            return NOTHING_ELSE
        if not await self._chosen(hole):
            return NONE_CONCERN
        for text in least:
            if await self.pass_with(hole, text):
                return PASS_WITHOUT
        # Files that pass by themselves may not do so together.
        return "" if await self.pass_with(hole, hole.middle) else FAIL_TOGETHER

    async def pass_with(self, hole: Hole, text: str) -> bool:
        """Raises NotRun."""
        tests = await self._chosen(hole)
        return await asyncio.to_thread(
            passes,
            hole,
            text,
            tests=tests,
            folder=self._folder,
            sandbox=self._sandbox,
        )

    async def _chosen(self, hole: Hole) -> dict[str, Passing]:
        """The files that concern it most and have tests that pass."""
        chosen: dict[str, Passing] = {}
        async with self._finding:
            for path in concerned(hole, self._texts):
                if path not in self._passing:
                    self._passing[path] = await asyncio.to_thread(
                        passing, path, folder=self._folder, sandbox=self._sandbox
                    )
                if self._passing[path].tests:
                    chosen[path] = self._passing[path]
                if len(chosen) == FILES:
                    break
        return chosen


def stand_ins(hole: Hole) -> list[str]:
    """Texts with as little in them as can stand in the place. What is no Python would fail tests
    that never come near it, so with that they would tell nothing."""

    def stand(texts: Sequence[str]) -> list[str]:
        others = (text for text in texts if text != hole.middle)
        return [text for text in others if compiles(hole.prefix + text + hole.suffix)]

    # Nothing can stand where arguments do, but a statement cannot.
    if stand(NOTHING[1:]):
        return stand(NOTHING)[:1]
    return stand(VALUES) or stand(NAMES)
