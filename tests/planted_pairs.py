"""Pairs of a right and a wrong answer whose difference is known, cut from code of this repository.

Python's own `ast` says where they go, so that what is tested, which reads with tree-sitter, is
judged by another parser.
"""

import ast
import random
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from understudy_trainer.lessons.pair import Pair
from understudy_trainer.repoworld.hole import Hole

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = (
    "server/understudy_protocol",
    "server/understudy_releases",
    "server/understudy_secrets",
    "lsp/understudy_lsp/hole",
)
LONGEST = 400
"""Characters of a middle, as for holes."""

OPERATORS: dict[type[ast.AST], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}
ANOTHER = {"+": "-", "-": "+", "*": "+", "<": "<=", "<=": "<", ">": ">=", ">=": ">"} | {
    "==": "!=",
    "!=": "==",
}


class Change(NamedTuple):
    """`text[start:end]` of the right file is `new` in the wrong one."""

    start: int
    end: int
    new: str


class Planted(NamedTuple):
    kind: str
    """A key of `CHANGES`."""
    pair: Pair
    start: int
    """From where to where the change goes in the file with the right answer, as `end`."""
    end: int
    statement: int
    """Where the smallest statement around the change begins, as `ast` sees it."""


class File(NamedTuple):
    path: str
    text: str
    starts: tuple[int, ...]
    """Where each line begins."""
    nodes: tuple[ast.AST, ...]
    parents: dict[ast.AST, ast.AST]

    def span(self, node: ast.AST) -> tuple[int, int]:
        return (
            self._at(node.lineno, node.col_offset),  # type: ignore[attr-defined]
            self._at(node.end_lineno, node.end_col_offset),  # type: ignore[attr-defined]
        )

    def above(self, node: ast.AST) -> Iterator[ast.AST]:
        while node in self.parents:
            node = self.parents[node]
            yield node

    def _at(self, line: int, column: int) -> int:
        start = self.starts[line - 1]
        return start + len(self.text[start:].split("\n", 1)[0].encode()[:column].decode())


def planted_pairs(count: int, *, seed: int) -> list[Planted]:
    """As many of each kind as go, all from the same seed."""
    dice = random.Random(seed)
    made: list[Planted] = []
    while len(made) < count:
        kind = list(CHANGES)[len(made) % len(CHANGES)]
        file, node, change = dice.choice(_sites(kind))
        if (planted := _planted(kind, file, node, change, dice)) is not None:
            made.append(planted)
    return made


def _planted(
    kind: str, file: File, node: ast.AST, change: Change, dice: random.Random
) -> Planted | None:
    """The hole begins with the statement, or with what is changed, and ends with its line."""
    statement = next(each for each in (node, *file.above(node)) if isinstance(each, ast.stmt))
    first = file.span(statement)[0]
    start = dice.choice((first, change.start))
    newline = file.text.find("\n", change.end)
    end = dice.choice((change.end, len(file.text) if newline < 0 else newline))
    if end - start > LONGEST:
        return None
    right = file.text[start:end]
    wrong = file.text[start : change.start] + change.new + file.text[change.end : end]
    hole = Hole(
        world="understudy",
        kind="planted",
        path=file.path,
        language="python",
        prefix=file.text[:start],
        middle=right,
        suffix=file.text[end:],
    )
    return Planted(kind, Pair(hole, right, wrong), change.start, change.end, first)


@cache
def _sites(kind: str) -> list[tuple[File, ast.AST, Change]]:
    """Wherever a change of this kind can be made."""
    change_of = CHANGES[kind]
    changes = ((file, node, change_of(file, node)) for file in _files() for node in file.nodes)
    return [
        (file, node, change)
        for file, node, change in changes
        if change is not None and _is_plain(file, node)
    ]


def _is_plain(file: File, node: ast.AST) -> bool:
    """Not in an f-string, whose places `ast` does not know, nor where the two parsers do not mean
    the same by a statement: decorators, `elif`."""
    above = list(file.above(node))
    statement = next((each for each in (node, *above) if isinstance(each, ast.stmt)), None)
    if statement is None or any(isinstance(each, ast.JoinedStr) for each in (node, *above)):
        return False
    decorators = getattr(statement, "decorator_list", [])
    if any(each in decorators for each in (node, *above)):
        return False
    return not file.text.startswith("elif", file.span(statement)[0])


@cache
def _files() -> tuple[File, ...]:
    paths = sorted(path for folder in FOLDERS for path in (ROOT / folder).glob("*.py"))
    return tuple(_file(path) for path in paths)


def _file(path: Path) -> File:
    text = path.read_text("utf-8")
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    nodes = tuple(ast.walk(ast.parse(text)))
    parents = {child: node for node in nodes for child in ast.iter_child_nodes(node)}
    return File(path.relative_to(ROOT).as_posix(), text, tuple(starts), nodes, parents)


def _argument_added(file: File, node: ast.AST) -> Change | None:
    if not isinstance(node, ast.Call) or not (node.args or node.keywords):
        return None
    last = max(file.span(each)[1] for each in (*node.args, *node.keywords))
    if file.text[last] != ")" or last + 1 != file.span(node)[1]:
        return None
    return Change(last, last, ", extra=1")


def _argument_removed(file: File, node: ast.AST) -> Change | None:
    if not isinstance(node, ast.Call) or len(node.args) + len(node.keywords) < 2:
        return None
    spans = sorted(file.span(each) for each in (*node.args, *node.keywords))
    return Change(spans[-2][1], spans[-1][1], "")


def _name_swapped(file: File, node: ast.AST) -> Change | None:
    if not isinstance(node, ast.Name) or not isinstance(node.ctx, ast.Load):
        return None
    parent = file.parents[node]
    if isinstance(parent, ast.Call) and parent.func is node:
        return None
    above = list(file.above(node))
    called = any(isinstance(each, ast.Call) and _within(node, each.func) for each in above)
    return None if called or _is_annotation(file, node) else _other(file.span(node), "planted")


def _call_replaced(file: File, node: ast.AST) -> Change | None:
    if not isinstance(node, ast.Call):
        return None
    if isinstance(node.func, ast.Name):
        return _other(file.span(node.func), "planted")
    if isinstance(node.func, ast.Attribute):
        end = file.span(node.func)[1]
        return _other((end - len(node.func.attr), end), "planted")
    return None


def _order_changed(file: File, node: ast.AST) -> Change | None:
    if not isinstance(node, ast.Call) or len(node.args) < 2:
        return None
    one, other = file.span(node.args[0]), file.span(node.args[1])
    texts = file.text[slice(*one)], file.text[slice(*other)]
    if texts[0] == texts[1] or any(isinstance(each, ast.Starred) for each in node.args[:2]):
        return None
    return Change(one[0], other[1], texts[1] + file.text[one[1] : other[0]] + texts[0])


def _type_changed(file: File, node: ast.AST) -> Change | None:
    if not isinstance(node, ast.Name) or not _is_annotation(file, node):
        return None
    if any(isinstance(each, ast.Call) for each in file.above(node)):
        return None
    return _other(file.span(node), "Planted")


def _keyword_renamed(file: File, node: ast.AST) -> Change | None:
    if not isinstance(node, ast.keyword) or node.arg is None:
        return None
    start = file.span(node)[0]
    if not isinstance(file.parents[node], ast.Call):
        return None
    return _other((start, start + len(node.arg)), "planted")


def _literal_changed(file: File, node: ast.AST) -> Change | None:
    if not isinstance(node, ast.Constant) or _is_annotation(file, node):
        return None
    start, end = file.span(node)
    written = file.text[start:end]
    if isinstance(node.value, str) and written == f'"{node.value}"':
        return Change(start + 1, end - 1, "something else")
    if type(node.value) is int and written == str(node.value):
        return Change(start, end, str(node.value + 41))
    return None


def _attribute_changed(file: File, node: ast.AST) -> Change | None:
    if not isinstance(node, ast.Attribute) or not isinstance(node.ctx, ast.Load):
        return None
    above = list(file.above(node))
    if any(isinstance(each, ast.Call) and _within(node, each.func) for each in above):
        return None
    end = file.span(node)[1]
    return None if _is_annotation(file, node) else _other((end - len(node.attr), end), "planted")


def _operator_changed(file: File, node: ast.AST) -> Change | None:
    if isinstance(node, ast.BinOp):
        left, operator, right = node.left, node.op, node.right
    elif isinstance(node, ast.Compare) and len(node.ops) == 1:
        left, operator, right = node.left, node.ops[0], node.comparators[0]
    else:
        return None
    start, end = file.span(left)[1], file.span(right)[0]
    sign = file.text[start:end].strip()
    if OPERATORS.get(type(operator)) != sign:
        return None
    at = file.text.index(sign, start)
    return Change(at, at + len(sign), ANOTHER[sign])


def _is_annotation(file: File, node: ast.AST) -> bool:
    for each, above in zip((node, *file.above(node)), file.above(node), strict=False):
        if isinstance(above, ast.arg | ast.AnnAssign) and above.annotation is each:
            return True
        if isinstance(above, ast.FunctionDef | ast.AsyncFunctionDef) and above.returns is each:
            return True
    return False


def _within(node: ast.AST, outer: ast.AST) -> bool:
    return any(each is node for each in ast.walk(outer))


def _other(span: tuple[int, int], new: str) -> Change:
    return Change(*span, new)


CHANGES: dict[str, Callable[[File, ast.AST], Change | None]] = {
    "argument added": _argument_added,
    "argument removed": _argument_removed,
    "name swapped": _name_swapped,
    "call replaced": _call_replaced,
    "order changed": _order_changed,
    "type changed": _type_changed,
    "keyword renamed": _keyword_renamed,
    "literal changed": _literal_changed,
    "attribute changed": _attribute_changed,
    "operator changed": _operator_changed,
}
