"""The second stage of judging: what is not right by its text may be so by the repository's tests.

Asked are the tests that concern a hole, in the world as it was in the end, in a sandbox. They have
to pass with the true text, fail with whatever is least that can stand in its place, and pass with
the candidate. Tests that fail nobody tell nothing, and a machine without a sandbox runs none.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from understudy_protocol.bench import Progress
from understudy_trainer.repoworld.hole import Hole
from understudy_trainer.repoworld.pace import Pace
from understudy_trainer.repoworld.results import Result
from understudy_trainer.repoworld.syntax import compiles
from understudy_trainer.repoworld.task_set import TaskSet
from understudy_trainer.repoworld.trial import NotRun, Sandbox
from understudy_trainer.repoworld.verdicts import Verdict, open_verdicts
from understudy_trainer.repoworld.verifier import within
from understudy_trainer.repoworld.world_tests import WorldTests

AT_A_TIME = 2
"""Holes; each runs one sandbox at a time."""


class Judged(msgspec.Struct, frozen=True):
    results: tuple[Result, ...]
    """In the order in which they were given, with what tests made a success."""
    asked: int
    """Holes at which an agent is not right by its text, and where that is Python in its place."""
    told: int
    """Of these, those with tests that tell right from wrong."""
    by_tests: dict[str, int]
    """Agent → successes from tests only."""
    note: str = ""
    """Why tests were not run."""


async def judge(
    task_set: TaskSet,
    results: Sequence[Result],
    *,
    folder_of: Callable[[str], Path],
    verdicts: Path,
    sandbox: Sandbox,
    progress: Progress,
) -> Judged:
    """`folder_of` gives a world's files at the end of the task set's time. What the file `verdicts`
    holds already is not run again.

    Raises ConfigError if it holds verdicts on another task set.
    """
    holes = {hole.id: hole for hole in task_set.holes}
    asked = _asked(holes, results)
    note = ""
    with open_verdicts(verdicts, task_set=task_set.hash) as file:
        known = {(verdict.hole, verdict.candidate): verdict for verdict in file.known}
        left = [holes[each] for each in asked if not _is_decided(known, each, asked[each])]
        pace = Pace(wanted=len(asked), done=len(asked) - len(left))

        def keep(hole: Hole, candidate: str | None, *, passed: bool, why: str = "") -> None:
            verdict = Verdict(task_set.hash, hole.id, candidate, passed, why)
            file.put(verdict)
            known[(hole.id, candidate)] = verdict

        async def decide(hole: Hole, tests: WorldTests) -> None:
            if (hole.id, None) not in known:
                why = await tests.why_silent(hole)
                keep(hole, None, passed=not why, why=why)
            if known[(hole.id, None)].passed:
                for text in asked[hole.id]:
                    if (hole.id, text) not in known:
                        keep(hole, text, passed=await tests.pass_with(hole, text))

        async def work(waiting: Iterator[Hole], tests: WorldTests) -> None:
            for hole in waiting:
                progress(f"tests of {hole.world}, {pace.line()}")
                await decide(hole, tests)
                pace.step()

        try:
            for world, among in _by_world(left).items():
                waiting, tests = iter(among), WorldTests(folder_of(world), sandbox)
                await _together([work(waiting, tests) for _ in range(AT_A_TIME)])
        except NotRun as reason:
            note = str(reason)
    judged = tuple(_judged(holes[result.hole], result, known) for result in results)
    by_tests = dict.fromkeys((result.agent for result in results), 0)
    for before, after in zip(results, judged, strict=True):
        by_tests[before.agent] += after.success and not before.success
    told = sum(_tells(known, hole) for hole in asked)
    return Judged(judged, asked=len(asked), told=told, by_tests=by_tests, note=note)


_Known = Mapping[tuple[str, str | None], Verdict]


def _asked(holes: Mapping[str, Hole], results: Sequence[Result]) -> dict[str, list[str]]:
    """Hole → texts to be put in its place, in the order of the holes."""
    found: dict[str, set[str]] = {hole: set() for hole in holes}
    for result in results:
        hole = holes[result.hole]
        if not result.success and hole.language == "python":
            found[hole.id] |= {within(hole, each) for each in result.answer.candidates}
    python = {
        name: sorted(
            text
            for text in texts
            if text.strip() and compiles(holes[name].prefix + text + holes[name].suffix)
        )
        for name, texts in found.items()
    }
    return {name: texts for name, texts in python.items() if texts}


def _tells(known: _Known, hole: str) -> bool:
    verdict = known.get((hole, None))
    return verdict is not None and verdict.passed


def _is_decided(known: _Known, hole: str, texts: Sequence[str]) -> bool:
    if not _tells(known, hole):
        return (hole, None) in known
    return all((hole, text) in known for text in texts)


def _judged(hole: Hole, result: Result, known: _Known) -> Result:
    found = (known.get((hole.id, within(hole, each))) for each in result.answer.candidates)
    if any(verdict is not None and verdict.passed for verdict in found):
        return msgspec.structs.replace(result, success=True)
    return result


def _by_world(holes: Iterable[Hole]) -> dict[str, list[Hole]]:
    worlds: dict[str, list[Hole]] = {}
    for hole in holes:
        worlds.setdefault(hole.world, []).append(hole)
    return worlds


async def _together(work: Iterable[Coroutine[Any, Any, None]]) -> None:
    tasks = [asyncio.create_task(each) for each in work]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
