"""What is defined where: functions, classes, types and constants, by tree-sitter."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath

import msgspec
import tree_sitter as ts

from understudy_protocol.completion import Snippet
from understudy_protocol.languages import language_of
from understudy_trainer.grammars import GRAMMARS, parser_of

LINES = 8
"""Of a definition that are shown: its signature, and as much as says what it is about. So many the
language server shows."""
LONGEST = 1_200
"""Characters of them."""

FAMOUS = 3
"""A name that is defined more often tells nothing."""
SHORT = 3
"""Characters of a name that is looked up."""

WORD = re.compile(r"[^\W\d]\w*")

DEFINES = """
function_definition class_definition function_declaration generator_function_declaration
class_declaration abstract_class_declaration method_definition method_declaration
interface_declaration type_alias_declaration enum_declaration record_declaration type_spec
variable_declarator function_item struct_item enum_item trait_item type_item const_item
static_item const_spec function_signature assignment
"""
HOLDS = """
module program source_file decorated_definition export_statement block class_body
expression_statement lexical_declaration variable_declaration type_declaration declaration_list
impl_item const_declaration interface_body enum_body mod_item
"""
"""Nodes whose children are looked at; what is within a function is nobody else's."""
CONTAINERS = """
class_definition class_declaration abstract_class_declaration interface_declaration trait_item
enum_declaration
"""
WRAPPERS = """
decorated_definition export_statement lexical_declaration variable_declaration type_declaration
expression_statement const_declaration
"""
"""Belong to the definition within them."""

_DEFINES, _HOLDS, _CONTAINERS, _WRAPPERS = (
    frozenset(names.split()) for names in (DEFINES, HOLDS, CONTAINERS, WRAPPERS)
)


class Definition(msgspec.Struct, frozen=True):
    name: str
    path: str
    line: int
    """From 1."""
    text: str
    """Its first lines."""
    signature: str
    """What begins it, in one line."""
    top: bool
    """It is in no class."""


class Definitions:
    """Of all files, by name."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self.of_file = {path: list(definitions_in(path, text)) for path, text in files.items()}
        self._named: dict[str, list[Definition]] = defaultdict(list)
        for found in self.of_file.values():
            for each in found:
                self._named[each.name].append(each)

    def used(
        self, names: Iterable[str], path: str, *, words: frozenset[str], most: int
    ) -> list[Snippet]:
        """Definitions of `names` that stand in other files than `path`, in the order of the names;
        `words` are all that `path` has. If there are several, or it is a method or a plain word,
        the file must speak of the module."""
        found: dict[tuple[str, int], Snippet] = {}
        for name in names:
            for each in self._candidates(name, path, words):
                snippet = Snippet(path=each.path, text=each.text, start_line=each.line, stable=True)
                found.setdefault((each.path, each.line), snippet)
            if len(found) >= most:
                break
        return list(found.values())[:most]

    def definers(self, name: str) -> frozenset[str]:
        """Paths of the files that define it outside of classes."""
        return frozenset(each.path for each in self._named.get(name, ()) if each.top)

    def _candidates(self, name: str, path: str, words: frozenset[str]) -> list[Definition]:
        every = self._named.get(name, [])
        if len(name) < SHORT or len(every) > FAMOUS or any(each.path == path for each in every):
            return []
        every = [each for each in every if family_of(each.path) == family_of(path)]
        # A word in small letters may be anything's name.
        alone = len(every) == 1 and every[0].top and not (name.islower() and name.isalpha())
        return [each for each in every if alone or speaks_of(path, each.path, words)]


def family_of(path: str) -> str:
    """What languages have in common that import each other; "" without a grammar."""
    grammar = GRAMMARS.get(language_of(path) or "", "")
    return "javascript" if grammar in ("typescript", "tsx") else grammar


def speaks_of(path: str, other: str, words: frozenset[str]) -> bool:
    """Whether the file at `path`, with these words, may mean what `other` defines: it names that
    module, or needs not name it, as in one package of Go or Java."""
    name, family = PurePosixPath(other), family_of(other)
    if family != family_of(path):
        return False
    if family in ("go", "java") and name.parent == PurePosixPath(path).parent:
        return True
    generic = family == "go" or name.stem in ("__init__", "index", "mod", "lib", "main")
    return (name.parent.name if generic and name.parent.name else name.stem) in words


def definitions_in(path: str, text: str) -> Iterator[Definition]:
    """In their order; nothing for a language without a grammar."""
    parser = parser_of(language_of(path) or "")
    if parser is None:
        return
    source = text.encode("utf-8", "replace")
    lines = text.split("\n")
    waiting: list[tuple[ts.Node, ts.Node | None, bool]] = [
        (parser.parse(source).root_node, None, True)
    ]
    while waiting:
        node, wrapper, top = waiting.pop()
        # Of a class, what it holds is told by the class.
        defines = node.type in _DEFINES and (top or node.type != "assignment")
        name = _name(node) if defines else None
        if name is not None:
            whole = wrapper or node
            yield _definition(name, path, source, lines=lines, whole=whole, node=node, top=top)
        if name is None and node.type in _HOLDS:
            outer = (wrapper or node) if node.type in _WRAPPERS else None
            inside = top and node.type != "impl_item"
            waiting += [(child, outer, inside) for child in reversed(node.named_children)]
        elif node.type in _CONTAINERS and (body := node.child_by_field_name("body")) is not None:
            waiting += [(child, None, False) for child in reversed(body.named_children)]


def _name(node: ts.Node) -> str | None:
    field = "left" if node.type == "assignment" else "name"
    name = node.child_by_field_name(field)
    if name is None or name.text is None or "identifier" not in name.type:
        return None
    return name.text.decode("utf-8", "replace")


def _definition(
    name: str,
    path: str,
    source: bytes,
    *,
    lines: list[str],
    whole: ts.Node,
    node: ts.Node,
    top: bool,
) -> Definition:
    first, last = whole.start_point.row, whole.end_point.row
    # What stands below each other in one statement or class begins where it stands.
    first = first if node.start_point.row - first < LINES else node.start_point.row
    text = "\n".join(lines[first : min(last + 1, first + LINES)])
    if len(text) > LONGEST:
        text = text[: max(text.rfind("\n", 0, LONGEST), 0)] or text[:LONGEST]
    body = node.child_by_field_name("body")
    if body is None:
        head = lines[node.start_point.row]
    else:
        head = source[node.start_byte : body.start_byte].decode("utf-8", "replace")
    signature = " ".join(head.split()).rstrip("{: ")
    return Definition(name, path, first + 1, text, signature[:160], top)
