"""Runs tests of a repository with a text in the place of a hole, in a sandbox."""

import base64
import shutil
import sys
import tempfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from understudy_trainer.repoworld.hole import Hole
from understudy_trainer.repoworld.sandbox import Outcome
from understudy_trainer.repoworld.tester import ASKED

FILE_SECONDS = 20
"""Of processor time that a file of tests may take by itself, with the true text everywhere; what
takes longer is not asked."""

LEAST_SECONDS, TIMES = 5, 3
"""Of processor time that tests may take with another text: so many, and so many times what they
took with the true one."""

PATIENCE = 10
"""Seconds that are waited for one of processor time, so that a busy machine says the same."""

TESTER = Path(__file__).with_name("tester.py")
"""Given to the sandbox as text, for the files of the trainer need not be in sight there."""

Sandbox = Callable[..., Outcome | None]
"""Like `sandbox.run_in_sandbox`."""

_LARGEST = 4 << 20
"""Bytes of what the tester tells, unpacked."""


NO_SANDBOX = "There is no sandbox on this machine, so no tests were run."
NO_PYTEST = "There is no pytest beside Understudy, so no tests were run."


class NotRun(Exception):
    """With the reason. Whoever judges by tests catches it, and says so in the result."""


class Passing(msgspec.Struct, frozen=True):
    """What the tester tells of a file."""

    tests: tuple[str, ...] = ()
    """Functions that pass, in all their cases."""
    seconds: int = 0
    """Of processor time that the file took."""


class Asked(msgspec.Struct, frozen=True):
    """What the tester is to do."""

    paths: tuple[str, ...]
    seconds: int
    """Of processor time."""
    wanted: tuple[str, ...] | None = None
    """Test functions; None for all that the files have."""


def passing(path: str, *, folder: Path, sandbox: Sandbox) -> Passing:
    """What passes of a file with the repository as it is.

    Raises NotRun."""
    outcome = _run(Asked((path,), FILE_SECONDS), folder=folder, sandbox=sandbox)
    told = outcome.output.rpartition("\npassing:")[2].strip()
    try:
        unpacked = zlib.decompressobj().decompress(base64.b64decode(told, validate=True), _LARGEST)
        return msgspec.json.decode(unpacked, type=Passing)
    except (ValueError, zlib.error, msgspec.DecodeError):
        return Passing()


def passes(
    hole: Hole, text: str, *, tests: Mapping[str, Passing], folder: Path, sandbox: Sandbox
) -> bool:
    """Whether what passes of some files, `tests`, all passes with the text in its place, too.

    Raises NotRun."""
    asked = Asked(
        tuple(tests),
        LEAST_SECONDS + TIMES * sum(each.seconds for each in tests.values()),
        tuple(test for each in tests.values() for test in each.tests),
    )
    place = (hole.path, hole.prefix + text + hole.suffix)
    outcome = _run(asked, folder=folder, sandbox=sandbox, place=place)
    return outcome.passed and outcome.output.endswith("\nall passed\n")


def _run(
    asked: Asked,
    *,
    folder: Path,
    sandbox: Sandbox,
    place: tuple[str, str] | None = None,
) -> Outcome:
    with tempfile.TemporaryDirectory(prefix="understudy-trial-") as scratch:
        copy = Path(scratch, "copy").resolve()
        shutil.copytree(folder, copy, symlinks=True, ignore=shutil.ignore_patterns(".git"))
        (copy / ASKED).unlink(missing_ok=True)
        (copy / ASKED).write_bytes(msgspec.json.encode(asked))
        if place is not None:
            path = (copy / place[0]).resolve()
            # A link in the repository could lead out of the copy.
            if not path.is_relative_to(copy):
                return Outcome(None, "")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(place[1].encode("utf-8", "surrogatepass"))
        program = TESTER.read_text(encoding="utf-8")
        command = ["env", "PYTHONHASHSEED=0", sys.executable, "-I", "-c", program]
        outcome = sandbox(command, folder=copy, seconds=PATIENCE * asked.seconds)
    if outcome is None:
        raise NotRun(NO_SANDBOX)
    if outcome.output.endswith("\nno pytest\n"):
        raise NotRun(NO_PYTEST)
    return outcome
