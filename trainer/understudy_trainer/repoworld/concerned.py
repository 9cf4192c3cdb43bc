"""Which tests of a repository concern a hole."""

import ast
import re
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from understudy_trainer.repoworld.files import text_of
from understudy_trainer.repoworld.hole import Hole


def concerned(hole: Hole, tests: Mapping[str, str]) -> list[str]:
    """Paths of test files, what concerns the hole most first; `tests` are path → text.

    A hole in a test concerns that file only. Otherwise a file that is named after the hole's module
    comes first, then whoever mentions the innermost function or class around the hole most often,
    then the next one, at last the module. What mentions none of them is left out.
    """
    if is_test(hole.path):
        return [hole.path] if hole.path in tests else []
    module = _module(hole.path)
    names = [*_around(hole), module]
    ranked: list[tuple[tuple[int, ...], str]] = []
    for path, text in tests.items():
        after = PurePosixPath(path).stem.removeprefix("test_").removesuffix("_test")
        rank = (after == module.lstrip("_"), *(_mentions(name, text) for name in names))
        if any(rank):
            ranked.append((tuple(-int(each) for each in rank), path))
    return [path for _, path in sorted(ranked)]


def files_of_tests(folder: Path) -> dict[str, str]:
    """Path → text of each file below `folder` that pytest would look for tests in."""
    found: dict[str, str] = {}
    for path in sorted(folder.rglob("*.py")):
        name = path.relative_to(folder).as_posix()
        if is_test(name) and path.is_file() and not path.is_symlink():
            text = text_of(path.read_bytes())
            if text is not None:
                found[name] = text
    return found


def is_test(path: str) -> bool:
    name = PurePosixPath(path).name
    return name.endswith(".py") and (name.startswith("test_") or name.endswith("_test.py"))


def _module(path: str) -> str:
    pure = PurePosixPath(path)
    return pure.parent.name if pure.stem in ("__init__", "__main__") else pure.stem


def _mentions(name: str, text: str) -> int:
    return len(re.findall(rf"\b{re.escape(name)}\b", text)) if name else 0


def _around(hole: Hole) -> list[str]:
    """Names of the functions and classes that the hole is in, the innermost first. Special methods
    are called by other names than theirs."""
    text = hole.prefix + hole.middle + hole.suffix
    first = hole.prefix.count("\n") + 1
    try:
        with warnings.catch_warnings(action="ignore"):
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    names = list(_containing(tree, first, first + hole.middle.rstrip("\n").count("\n")))
    return [name for name in reversed(names) if not name.startswith("__")]


def _containing(node: ast.AST, first: int, last: int) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.stmt | ast.ExceptHandler | ast.match_case):
            continue
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            start = min([child.lineno, *(each.lineno for each in child.decorator_list)])
            if start <= first and last <= (child.end_lineno or 0):
                yield child.name
                yield from _containing(child, first, last)
        else:
            yield from _containing(child, first, last)
