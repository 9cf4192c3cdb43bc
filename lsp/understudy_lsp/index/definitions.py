"""Definitions and imports of a file, by the tree-sitter queries in `tags/`.

A query names what it finds as those of tree-sitter's own tags do: `@definition.KIND` with its
`@name`. Two names are ours: `@container` is the name of what it belongs to where that is written
beside it, and a `@scope` is no definition but holds some (`impl` in Rust). `imports.py` has the
names for imports.
"""

from collections.abc import Iterator
from functools import cache
from importlib import resources

import tree_sitter_language_pack
from tree_sitter import Node, Parser, Query, QueryCursor

from understudy_lsp.grammars import GRAMMARS, readable
from understudy_lsp.index.doc import doc_above, docstring
from understudy_lsp.index.facts import Definition, FileFacts
from understudy_lsp.index.imports import imports_written
from understudy_lsp.index.packages import package_of

MAX_DEFINITIONS = 2_000
"""Of one file. Who wrote more did it with a program."""

MAX_SIGNATURE = 300
"""Characters: a function with twenty parameters still shows all of them."""

_SHARED_TAGS = {"tsx": "typescript"}

_OPAQUE = frozenset({"function", "method", "variable", "constant", "field"})
"""What is defined inside these concerns nobody else."""

_CLASSES = frozenset({"class", "interface", "enum", "scope"})

Match = dict[str, list[Node]]


def facts_of(path: str, language: str, text: str) -> FileFacts:
    """What the file at `path` defines and imports; nothing where no query is known."""
    if package := package_of(path, text):
        return FileFacts(language, (package,))
    tags = _tags(GRAMMARS.get(language, ""))
    if tags is None:
        return FileFacts(language)
    parser, query = tags
    source = text.encode()
    given = readable(source, grammar=GRAMMARS[language])
    matches = [found for _, found in QueryCursor(query).matches(parser.parse(given).root_node)]
    definitions = tuple(_definitions(path, source, matches))
    return FileFacts(language, definitions[:MAX_DEFINITIONS], imports_written(language, matches))


@cache
def _tags(grammar: str) -> tuple[Parser, Query] | None:
    tags = resources.files("understudy_lsp.index") / "tags"
    file = tags / f"{_SHARED_TAGS.get(grammar, grammar)}.scm"
    if not file.is_file():
        return None
    language = tree_sitter_language_pack.get_language(grammar)  # pyright: ignore[reportArgumentType]
    return Parser(language), Query(language, file.read_text("utf-8"))


def _definitions(path: str, source: bytes, matches: list[Match]) -> Iterator[Definition]:
    found = [
        (nodes[0], capture.removeprefix("definition."), _text(name), match)
        for match in matches
        for capture, nodes in match.items()
        if capture == "scope" or capture.startswith("definition.")
        for name in match["name"]
    ]
    found.sort(key=lambda one: (one[0].start_byte, -one[0].end_byte))
    around: list[tuple[Node, str, str]] = []
    lines = source.split(b"\n")
    last = ("", -1)
    for node, kind, name, match in found:
        while around and (around[-1][0].end_byte <= node.start_byte or around[-1][0] == node):
            around.pop()
        inside, container = around[-1][1:] if around else ("", "")
        around.append((node, kind, name))
        # Two patterns may find the same thing, and tree-sitter a name that is not written.
        if not name or kind == "scope" or inside in _OPAQUE or (name, node.start_byte) == last:
            continue
        last = (name, node.start_byte)
        if "container" in match:
            container = _text(match["container"][0])
        body = _body(node)
        end = body.start_byte if body else node.end_byte
        head = source[node.start_byte : min(end, node.start_byte + 4 * MAX_SIGNATURE)]
        yield Definition(
            name=name,
            kind="method" if kind == "function" and inside in _CLASSES else kind,
            container=container,
            path=path,
            start_line=node.start_point.row + 1,
            end_line=node.end_point.row + (node.end_point.column > 0),
            signature=" ".join(head.decode(errors="ignore").split())[:MAX_SIGNATURE],
            doc=docstring(body) or doc_above(lines, node.start_point.row),
        )


def _body(node: Node) -> Node | None:
    """What stands in the braces, or below the first line."""
    within = node.child_by_field_name("value") or node.child_by_field_name("right") or node
    if body := within.child_by_field_name("body"):
        return body
    return next((child for child in node.named_children if child.type.endswith("body")), None)


def _text(node: Node) -> str:
    return (node.text or b"").decode(errors="replace")
