"""Answers judged by the repository's own tests, as RepoWorld judges them (`repoworld.judging`).

What is not the true text is right as well, if the tests that concern its place pass with it and
fail with next to nothing there.

Tests take seconds each, and a round has 128 answers. So only answers that parse and whose names
exist are asked about, and for a short while a round; what tests have said is not asked again. How
many answers that are depends on the machine, as the number of rounds does.
"""

import asyncio
import time
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from understudy_trainer.reinforce.grounding import grounding
from understudy_trainer.repoworld.files import Blob, put
from understudy_trainer.repoworld.hole import Hole
from understudy_trainer.repoworld.sandbox import Outcome
from understudy_trainer.repoworld.syntax import compiles
from understudy_trainer.repoworld.trial import NotRun, Sandbox
from understudy_trainer.repoworld.verifier import verify, within
from understudy_trainer.repoworld.world_tests import WorldTests

ROUND_S = 15.0
"""After which no more tests are begun; about what the rest of a round takes on two cores."""

COMMAND_S = 60.0
"""That tests may take at a time."""

SLOW = f"Tests took longer than {COMMAND_S:.0f} s, so no more answers were judged by them."

Ask = Callable[[Hole, str | None], bool]
"""Whether the tests that concern a hole pass with a text in its place; with None, whether they tell
right from wrong there. Raises NotRun."""

Judge = Callable[[Hole, str], bool | None]
"""What tests say of an answer; None if they say nothing."""


class Tested(msgspec.Struct):
    """What tests have said, for a checkpoint to hold."""

    of_holes: dict[str, bool] = msgspec.field(default_factory=dict[str, bool])
    """Id → whether they tell right from wrong there."""
    of_answers: dict[str, dict[str, bool]] = msgspec.field(
        default_factory=dict[str, dict[str, bool]]
    )
    """Id of the hole → text → whether they pass with it."""
    note: str = ""
    """Why they are not asked any more."""


def judge_by(
    ask: Ask,
    tested: Tested,
    *,
    known: Container[str],
    clock: Callable[[], float] = time.monotonic,
) -> Judge:
    """For one round, which begins now. `known`: names that the repository defines."""
    until = clock() + ROUND_S

    def asked(hole: Hole, text: str | None, said: dict[str, bool], key: str) -> bool | None:
        if key not in said and not tested.note and clock() < until:
            try:
                said[key] = ask(hole, text)
            except NotRun as reason:
                tested.note = str(reason)
        return said.get(key)

    def judge(hole: Hole, candidate: str) -> bool | None:
        text = within(hole, candidate)
        if hole.language != "python" or tested.of_holes.get(hole.id) is False:
            return None
        if not text.strip() or verify(hole, candidate):
            return None
        if not compiles(hole.prefix + text + hole.suffix):
            return None
        if not all(grounding(hole, text, known=known)):
            return None
        if not asked(hole, None, tested.of_holes, hole.id):
            return None
        return asked(hole, text, tested.of_answers.setdefault(hole.id, {}), text)

    return judge


def ask_in(
    folder: Path, files: Mapping[str, str], beside: Iterable[Blob], *, sandbox: Sandbox
) -> Ask:
    """The tests of a repository with these files, path → text, and others that they may read, which
    are put into `folder`. `sandbox` is like `repoworld.sandbox.run_in_sandbox`."""

    def briefly(command: Sequence[str], *, folder: Path, seconds: float) -> Outcome | None:
        outcome = sandbox(command, folder=folder, seconds=min(seconds, COMMAND_S))
        # It says nothing about an answer that this machine is slow.
        if outcome is not None and outcome.code is None and seconds > COMMAND_S:
            raise NotRun(SLOW)
        return outcome

    folder.mkdir(parents=True, exist_ok=True)
    for path, text in files.items():
        put(Blob(path, executable=False, content=text.encode("utf-8", "replace")), folder)
    for blob in beside:
        put(blob, folder)
    tests = WorldTests(folder, briefly)

    def ask(hole: Hole, text: str | None) -> bool:
        if text is None:
            return not asyncio.run(tests.why_silent(hole))
        return asyncio.run(tests.pass_with(hole, text))

    return ask
