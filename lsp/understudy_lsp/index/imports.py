"""What a file imports, from the matches of its language's query.

The query captures the `@module` as it is written, the `@item` that is taken from it, and the name
that it gets: `@as`, or `@default` for JavaScript's default exports.
"""

import re
from collections.abc import Callable, Iterator

from tree_sitter import Node

from understudy_lsp.index.facts import Import

MAX_IMPORTS = 500
"""Of one file; a generated list of modules has more."""


def imports_written(language: str, matches: list[dict[str, list[Node]]]) -> tuple[Import, ...]:
    read = _READERS.get(language, _named)
    found: dict[Import, None] = {}
    for match in matches:
        if "module" in match and len(found) < MAX_IMPORTS:
            words = {name: _text(nodes[0]) for name, nodes in match.items()}
            found.update(dict.fromkeys(read(words)))
    return tuple(found)


def _python(words: dict[str, str]) -> Iterator[Import]:
    module, item = words["module"], words.get("item", "")
    name = words.get("as") or item or module.partition(".")[0]
    yield Import(name=name, module=module, item=item)


def _script(words: dict[str, str]) -> Iterator[Import]:
    if "default" in words:
        yield Import(name=words["default"], module=words["module"], item="default")
    else:
        yield from _named(words)


def _go(words: dict[str, str]) -> Iterator[Import]:
    module = words["module"]
    last = re.sub(r"(/v\d+|\.v\d+)$", "", module).rpartition("/")[2]
    name = {".": "*", None: last}.get(words.get("as"), words.get("as", last))
    if name != "_":
        yield Import(name=name, module=module, item="")


def _rust(words: dict[str, str]) -> Iterator[Import]:
    if "item" in words:  # mod item;
        yield Import(name=words["item"], module="self", item=words["item"])
    else:
        yield from _tree(words["module"], "::")


def _scala(words: dict[str, str]) -> Iterator[Import]:
    tree = words["module"].removeprefix("import").strip()
    yield from _tree(tree.replace("=>", " as ").replace("._", ".*"), ".")


def _dotted(words: dict[str, str]) -> Iterator[Import]:
    """Java and those who learned from it: the last part is what is imported."""
    if "item" in words:
        yield Import(name="*", module=words["module"], item="*")
        return
    module, _, item = words["module"].replace("\\", ".").rpartition(".")
    yield Import(name=words.get("as", item), module=module, item=item)


def _everything(words: dict[str, str]) -> Iterator[Import]:
    """Languages whose imports bring in all that the module has."""
    yield Import(name="*", module=words["module"].strip("\"'"), item="*")


def _named(words: dict[str, str]) -> Iterator[Import]:
    item = words.get("item", "")
    yield Import(name=words.get("as") or item or words["module"], module=words["module"], item=item)


def _tree(text: str, separator: str) -> Iterator[Import]:
    """`a::{b, c::{d as e}}`, flattened."""
    before, brace, inside = text.strip().partition("{")
    if brace:
        for part in _parts(inside.rpartition("}")[0]):
            yield from _tree(before + part, separator)
        return
    path, _, name = (part.strip() for part in text.partition(" as "))
    module, _, item = path.rpartition(separator)
    if item == "self":  # use a::b::{self}
        module, _, item = module.rpartition(separator)
    if item and name != "_":
        yield Import(name=name or item, module=module or item, item=item if module else "")


def _parts(text: str) -> Iterator[str]:
    """`text` cut at the commas that stand in no braces."""
    depth = begin = 0
    for at, letter in enumerate(text):
        depth += (letter == "{") - (letter == "}")
        if letter == "," and depth == 0:
            yield text[begin:at].strip()
            begin = at + 1
    if text[begin:].strip():
        yield text[begin:].strip()


def _text(node: Node) -> str:
    return (node.text or b"").decode(errors="replace")


_READERS: dict[str, Callable[[dict[str, str]], Iterator[Import]]] = {
    "python": _python,
    "javascript": _script,
    "javascriptreact": _script,
    "typescript": _script,
    "typescriptreact": _script,
    "go": _go,
    "rust": _rust,
    "scala": _scala,
    "java": _dotted,
    "kotlin": _dotted,
    "php": _dotted,
    "csharp": _everything,
    "c": _everything,
    "cpp": _everything,
    "ruby": _everything,
    "shellscript": _everything,
    "swift": _everything,
}
