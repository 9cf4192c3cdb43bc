"""Runtime, which is opt-in: what the repository's own tests show when they run. Python only.

The tests run in a sandbox or not at all. What a passing test called is proved by execution: of
such a function the body is asked for below the types that were seen, and a line of it beside the
test that proves it. What comes out of the sandbox was written by somebody else's code: it only
says which functions to ask for, and as a comment, which types; what is learned is text of the
repository.
"""

import ast
import base64
import random
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import msgspec

from understudy_protocol.completion import Snippet
from understudy_secrets.span import REDACTED
from understudy_trainer.curriculum.example import Example
from understudy_trainer.curriculum.gather import Gathered
from understudy_trainer.repoworld.files import Blob, put
from understudy_trainer.repoworld.kinds.holes import LEAST, MOST
from understudy_trainer.repoworld.sandbox import Outcome

TRACER = Path(__file__).with_name("tracer.py")
"""Given to the sandbox as text, for the files of the trainer need not be in sight there."""

MOST_BESIDE = 64 << 20
"""Bytes of files beside the code; the sandbox holds all of them in memory."""

_LARGEST = 4 << 20
"""Bytes of what the tracer tells, unpacked."""

Sandbox = Callable[..., Outcome | None]
"""Like `repoworld.sandbox.run_in_sandbox`."""

_Name = str
_Row = tuple[
    str,
    int,
    tuple[tuple[_Name, tuple[str, ...]], ...],
    tuple[str, ...],
    tuple[tuple[str, int], ...],
]
_Function = ast.FunctionDef | ast.AsyncFunctionDef


class Ran(msgspec.Struct, frozen=True):
    examples: tuple[Example, ...] = ()
    note: str = ""
    """Why there are none."""


def runtime(
    gathered: Gathered, *, beside: Iterable[Blob], sandbox: Sandbox, seed: int, seconds: float
) -> Ran:
    """In random order. `beside` are other files of the repository, such as tests read. Tests that
    take longer than `seconds` teach nothing, instead of something that depends on the machine."""
    with tempfile.TemporaryDirectory(prefix="understudy-runtime-") as scratch:
        folder = Path(scratch)
        for path, text in gathered.files.items():
            put(Blob(path, executable=False, content=text.encode("utf-8", "replace")), folder)
        for blob in beside:
            put(blob, folder)
        program = TRACER.read_text(encoding="utf-8")
        command = ["env", "PYTHONHASHSEED=0", sys.executable, "-I", "-c", program]
        outcome = sandbox(command, folder=folder, seconds=seconds)
    if outcome is None:
        return Ran(note="There is no sandbox on this machine, so the tests were not run.")
    if outcome.code is None:
        return Ran(
            note=f"The tests took longer than {seconds:.0f} s, so nothing was learned of them."
        )
    rows = _told(outcome.output)
    if not rows:
        return Ran(note="No test passed in the sandbox, so nothing was learned of them.")
    examples = list(_examples(gathered, rows, random.Random(f"{seed} runtime")))
    random.Random(f"{seed} runtime order").shuffle(examples)
    return Ran(tuple(examples), "" if examples else "The tests called nothing that is new.")


def _told(output: str) -> list[_Row]:
    told = output.rpartition("\ntraced:")[2].strip()
    try:
        unpacked = zlib.decompressobj().decompress(base64.b64decode(told, validate=True), _LARGEST)
        return msgspec.json.decode(unpacked, type=list[_Row])
    except (ValueError, zlib.error, msgspec.DecodeError):
        return []


def _examples(gathered: Gathered, rows: list[_Row], dice: random.Random) -> Iterator[Example]:
    functions = {
        path: _functions(text) for path, text in gathered.files.items() if path.endswith(".py")
    }
    tests = {(path, line) for *_, called in rows for path, line in called}
    for path, line, arguments, returned, called in rows:
        function = functions.get(path, {}).get(line)
        if function is None or (path, line) in tests or path in gathered.unchanged:
            continue
        lines = gathered.files[path].split("\n")
        body = [each for each in function.body if not _is_docstring(each)]
        if not body or body[0].lineno <= function.lineno:
            continue
        first, last = body[0].lineno - 1, (body[-1].end_lineno or 0)
        hint = f"# {function.name}({_arguments(arguments)}) -> {' | '.join(map(_type, returned))}"
        at = function.lineno - 1
        indent = lines[at][: len(lines[at]) - len(lines[at].lstrip())]
        above = [*lines[:at], indent + hint, *lines[at:first]]
        yield from _cut(gathered, path, above, lines[first:last], lines[last:], hint=hint)
        proofs = [(each, of) for each, at in called if (of := functions.get(each, {}).get(at))]
        inside = [n for n in range(first, last) if len(lines[n].strip()) >= LEAST]
        if proofs and inside:
            where, test = proofs[0]
            text = "\n".join(gathered.files[where].split("\n")[test.lineno - 1 : test.end_lineno])
            proof = Snippet(path=where, text=text, start_line=test.lineno, stable=True)
            n = dice.choice(inside)
            yield from _cut(
                gathered, path, lines[:n], lines[n : n + 1], lines[n + 1 :], snippets=(proof,)
            )


def _cut(
    gathered: Gathered,
    path: str,
    above: list[str],
    asked: list[str],
    below: list[str],
    *,
    hint: str = "",
    snippets: tuple[Snippet, ...] = (),
) -> Iterator[Example]:
    middle = "\n".join(asked).lstrip()
    if len(middle) > MOST or REDACTED in middle or len("".join(middle.split())) < LEAST:
        return
    indent = asked[0][: len(asked[0]) - len(asked[0].lstrip())]
    yield Example(
        unit="runtime",
        path=path,
        commit=gathered.commit,
        language="python",
        prefix="".join(f"{line}\n" for line in above) + indent,
        middle=middle,
        suffix="".join(f"\n{line}" for line in below),
        snippets=snippets,
        hint=hint,
    )


def _functions(text: str) -> Mapping[int, _Function]:
    """By the line on which Python says that it begins, which is that of its first decorator."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return {}
    found = [each for each in ast.walk(tree) if isinstance(each, _Function)]
    return {min([f.lineno, *(each.lineno for each in f.decorator_list)]): f for f in found}


def _is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _arguments(arguments: tuple[tuple[str, tuple[str, ...]], ...]) -> str:
    return ", ".join(f"{_type(n)}: {' | '.join(map(_type, types))}" for n, types in arguments)


def _type(name: str) -> str:
    """A class may be called anything by hostile code."""
    return name[:60] if name.isidentifier() else "object"
