"""Runs inside the sandbox, as a program: the tests of the repository in the working directory, and
prints as its last line which of the repository's functions passing tests called, and with which
types. The standard library only, and pytest if it is there."""

import base64
import json
import os
import sys
import threading
import unittest
import zlib
from typing import Any

MOST_BYTES = 18_000
TYPES, TESTS = 3, 3

root = os.getcwd() + os.sep
current: list[tuple[str, int]] = []
calls: dict[tuple[str, int], tuple[Any, Any]] = {}
kept: dict[tuple[str, int], tuple[Any, Any, Any]] = {}


def name_of(value: object) -> str:
    return "None" if value is None else type(value).__name__


def watch(frame: Any, event: str, argument: object) -> None:
    if event not in ("call", "return") or not current:
        return
    code = frame.f_code
    if not code.co_filename.startswith(root) or code.co_name.startswith("<"):
        return
    seen = calls.setdefault((code.co_filename[len(root) :], code.co_firstlineno), ({}, {}))
    if event == "call":
        for name in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]:
            if name in frame.f_locals and name not in ("self", "cls"):
                seen[0].setdefault(name, {})[name_of(frame.f_locals[name])] = 1
    else:
        seen[1][name_of(argument)] = 1


def begin(path: str, line: int) -> None:
    calls.clear()
    current[:] = [(path, line)]


def keep() -> None:
    """Only what a passing test called counts."""
    for key, (arguments, returned) in calls.items():
        of = kept.setdefault(key, ({}, {}, {}))
        for name, types in arguments.items():
            of[0].setdefault(name, {}).update(types)
        of[1].update(returned)
        of[2].update(dict.fromkeys(current))


def end() -> None:
    current.clear()
    calls.clear()


class Plugin:
    def pytest_runtest_setup(self, item: Any) -> None:
        code = getattr(getattr(item, "function", None), "__code__", None)
        path = code.co_filename if code else ""
        begin(path.removeprefix(root), code.co_firstlineno if code else 0)

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.when == "call" and report.passed:
            keep()
        if report.when == "call":
            end()


class Result(unittest.TestResult):
    def startTest(self, test: Any) -> None:
        super().startTest(test)
        code = getattr(getattr(test, test._testMethodName), "__code__", None)
        path = code.co_filename if code else ""
        begin(path.removeprefix(root), code.co_firstlineno if code else 0)

    def addSuccess(self, test: Any) -> None:
        keep()

    def stopTest(self, test: Any) -> None:
        super().stopTest(test)
        end()


if __name__ == "__main__":
    out = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    sys.path[:0] = [
        path for path in (os.getcwd(), os.path.join(os.getcwd(), "src")) if os.path.isdir(path)
    ]

    threading.setprofile(watch)
    sys.setprofile(watch)
    try:
        import pytest
    except ImportError:
        unittest.defaultTestLoader.discover(".").run(Result())
    else:
        pytest.main(["-q", "-p", "no:cacheprovider", "-p", "no:randomly"], plugins=[Plugin()])
    sys.setprofile(None)

    rows = [
        [
            path,
            line,
            [[n, sorted(t)[:TYPES]] for n, t in a.items()],
            sorted(r)[:TYPES],
            sorted(t)[:TESTS],
        ]
        for (path, line), (a, r, t) in sorted(kept.items())
    ]
    told = b""
    while True:
        told = base64.b64encode(zlib.compress(json.dumps(rows).encode(), 9))
        if len(told) <= MOST_BYTES:
            break
        # What is returned of the output is bounded, so every second one has to do.
        rows = rows[::2]
    os.write(out, b"\ntraced:" + told + b"\n")
    os._exit(0)
