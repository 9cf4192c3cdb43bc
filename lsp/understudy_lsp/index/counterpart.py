"""The tests of a file, or the file that tests are of, by the habits of each language."""

import posixpath
from collections.abc import Iterator

from understudy_lsp.index.resolve import Paths, nearest

_FORMS = (
    ("test_{}", "py"),
    ("{}_test", "py go rb c cc cpp rs dart exs ex"),
    ("tests_{}", "py"),
    ("{}.test", "ts tsx js jsx mts mjs cjs cts"),
    ("{}.spec", "ts tsx js jsx mts mjs cjs cts"),
    ("{}_spec", "rb"),
    ("{}Test", "java kt kts scala php swift cs cpp"),
    ("{}Tests", "java kt swift cs"),
    ("{}IT", "java kt"),
    ("{}Spec", "scala kt java"),
    ("Test{}", "java"),
    ("test_{}", "c cc cpp rb rs sh"),
    ("{}", "rs ts tsx js jsx"),
)
"""How the test of `{}` is called, and in which languages. One that is called the same is known by
its folder: `tests/a.rs`, `__tests__/a.ts`."""

_FAMILIES = ("ts tsx mts cts js jsx mjs cjs", "c cc cpp cxx h hpp", "kt java")
"""Extensions that test each other."""

_TESTS = frozenset({"test", "tests", "__tests__", "spec", "specs"})

_PLACES = _TESTS | {"src", "main", "lib", "unit", "integration"}
"""Folders that only say what is in them: tests mirror the others."""


def counterpart(path: str, paths: Paths) -> str | None:
    """The nearest file of that kind; None if there is none."""
    file = posixpath.basename(path)
    stem, _, ending = file.rpartition(".")
    for name in _others(stem, ending):
        candidates = [one for one in paths.ending(name) if one != path]
        if name == file:
            candidates = [one for one in candidates if _tests(one) != _tests(path)]
        if candidates:
            return min(
                nearest(candidates, path), key=lambda one: len(_mirrored(one) ^ _mirrored(path))
            )
    return None


def _others(stem: str, ending: str) -> Iterator[str]:
    """Names of files that would be the counterpart of `stem.ending`."""
    family = next((one.split() for one in _FAMILIES if ending in one.split()), [ending])
    endings = [ending, *(one for one in family if one != ending)]
    for form, languages in _FORMS:
        if ending in languages.split():
            before, after = form.split("{}")
            if len(stem) > len(before + after) and stem.startswith(before) and stem.endswith(after):
                implemented = stem[len(before) : len(stem) - len(after)]
                yield from (f"{implemented}.{one}" for one in endings)
    for form, languages in _FORMS:
        for one in endings:
            if one in languages.split():
                yield f"{form.format(stem)}.{one}"


def _tests(path: str) -> bool:
    return not _TESTS.isdisjoint(path.split("/"))


def _mirrored(path: str) -> set[str]:
    return set(path.split("/")[:-1]) - _PLACES
