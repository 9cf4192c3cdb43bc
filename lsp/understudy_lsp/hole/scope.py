"""The innermost scope around the cursor, from the tree, or from indentation where there is none."""

import re

import msgspec
import tree_sitter

from understudy_lsp.hole.languages import Language, Layout, ScopeKind
from understudy_lsp.hole.lines import LONGEST, Line, line_at, lines_above, lines_below, width
from understudy_lsp.hole.place import Place, place_in_line
from understudy_lsp.hole.tree import Tree
from understudy_lsp.snapshot import Snapshot


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    kind: ScopeKind
    name: str
    """Empty if it has none."""
    start: int
    """Offset of its header."""
    end: int
    """Offset at which its inside ends: of the closing token, if there is one."""

    def lines(self, text: str) -> tuple[int, int]:
        """First and last line, from 0. Counts them, so ask only if you need to know."""
        first = text.count("\n", 0, self.start)
        return first, first + text.count("\n", self.start, self.end)


_CLOSING = frozenset(
    {"}", "]", ")", "end", "fi", "done", "esac", "keyword_end", "end_tag"}
    | {"jsx_closing_element", "fenced_code_block_delimiter"}
)
"""Nodes that end a scope and stand as its last child."""

_FUNCTION = re.compile(
    r"\b(?:def|function|fn|func|fun|sub|proc)\b\s*\*?\s*(?:\([^)]*\)\s*)?(?:self\.)?([\w$]+[?!]?)"
)
_TYPE = re.compile(
    r"\b(?:class|struct|interface|enum|trait|impl|module|namespace|object|protocol|extension"
    r"|record|union|type)\s+([\w.:]+)"
)
_VISIBLE = re.compile(r"\S")
_CONTINUES = re.compile(r"\s*[)\]}{]")


def scope_at(snapshot: Snapshot, tree: Tree | None, *, language: Language) -> Scope | None:
    """None is the file itself."""
    if tree is not None and tree.covers(snapshot.offset):
        anchor = snapshot.offset
        if language.layout is not Layout.BRACES:
            anchor = _last_code(snapshot, language)
        path = tree.path(anchor)
        line_start = tree.byte_at(snapshot.line_start)
        if not any(node.is_error and node.start_byte < line_start for node in path):
            scope = _innermost(snapshot, tree, path=path, language=language)
            header = opener(snapshot, language=language)
            if header is None or language.layout is Layout.FLAT:
                return scope
            # Many grammars see no scope where nothing is in it yet, or its end is missing.
            if scope is not None and line_at(snapshot.text, scope.start).width >= header.width:
                return scope
    return _indented(snapshot, language)


def column(snapshot: Snapshot) -> int:
    """The indentation of what is typed at the cursor."""
    before = snapshot.before
    return width(before) if not before.strip() else line_at(snapshot.text, snapshot.offset).width


def opener(snapshot: Snapshot, *, language: Language) -> Line | None:
    """The line that has just opened a scope: the cursor's, up to the cursor, or if there is
    nothing on it the last one before it."""
    before = snapshot.before
    if before.strip():
        line = Line(snapshot.line_start, snapshot.offset, before)
        is_code = place_in_line(before[-LONGEST:], language) is Place.CODE
        return line if is_code and re.search(language.opens, before[-LONGEST:]) else None
    line = next(lines_above(snapshot.text, snapshot.offset), None)
    if line is None or not re.search(language.opens, line.text):
        return None
    if language.layout is Layout.INDENT and width(before) <= line.width:
        return None
    return line


def is_at_end(snapshot: Snapshot, scope: Scope | None, *, language: Language, parsed: bool) -> bool:
    """Whether nothing follows the cursor in its scope."""
    if parsed and language.layout is Layout.BRACES:
        following = _VISIBLE.search(snapshot.text, snapshot.offset)
        return following is None or (scope is not None and following.start() >= scope.end)
    below = next(lines_below(snapshot.text, snapshot.offset), None)
    if snapshot.after.strip() or below is None:
        return below is None and not snapshot.after.strip()
    if language.layout is Layout.FLAT:
        return re.search(language.opens, below.text) is not None
    if "{" not in language.opens and _CONTINUES.match(below.text):
        return False  # that ends an expression
    return below.width < column(snapshot)


def is_empty(snapshot: Snapshot, header: Line, *, language: Language) -> bool:
    """Whether the scope that `header` opens has nothing in it below the cursor."""
    below = next(lines_below(snapshot.text, snapshot.offset), None)
    if below is None:
        return True
    if language.layout is Layout.FLAT:
        return re.search(language.opens, below.text) is not None
    return below.width <= header.width


def _innermost(
    snapshot: Snapshot, tree: Tree, *, path: list[tree_sitter.Node], language: Language
) -> Scope | None:
    cursor = tree.byte_at(snapshot.offset)
    by_indent = language.layout is Layout.INDENT and not snapshot.before.strip()
    for depth in range(len(path) - 1, -1, -1):
        node = path[depth]
        if node.type not in language.bodies:
            continue
        last = node.child(node.child_count - 1) if node.child_count else None
        flat = language.layout is Layout.FLAT and node.type in language.types
        closed = last is not None and last.type in _CLOSING and not flat
        if closed and last is not None and not last.is_missing and last.start_byte < cursor:
            continue
        if not closed and language.layout is Layout.BRACES:
            continue
        owner = _owner(path[: depth + 1], language)
        start = tree.offset_at(path[owner].start_byte)
        if by_indent and line_at(snapshot.text, start).width >= width(snapshot.before):
            continue
        end = last.start_byte if closed and last is not None else node.end_byte
        return Scope(
            kind=_kind(path[owner], language),
            name=_name(tree, path[: owner + 1], language),
            start=start,
            end=max(snapshot.offset, tree.offset_at(end)),
        )
    return None


def _owner(path: list[tree_sitter.Node], language: Language) -> int:
    """The index in `path` of the node whose body the last one is."""
    named = language.functions | language.types
    for depth in range(len(path) - 1, -1, -1):
        if depth < len(path) - 1 and path[depth].type in language.bodies:
            break
        if path[depth].type in named:
            return depth
    has_parent = len(path) > 1 and path[-2].type not in language.bodies
    return len(path) - 2 if has_parent else len(path) - 1


def _kind(node: tree_sitter.Node, language: Language) -> ScopeKind:
    if node.type in language.functions:
        return ScopeKind.FUNCTION
    return ScopeKind.TYPE if node.type in language.types else ScopeKind.BLOCK


def _name(tree: Tree, path: list[tree_sitter.Node], language: Language) -> str:
    node = path[-1]
    kind = _kind(node, language)
    if kind is ScopeKind.BLOCK:
        return ""
    name = node.child_by_field_name("name")
    declarator = node.child_by_field_name("declarator")
    while name is None and declarator is not None:
        inner = declarator.child_by_field_name("declarator")
        name, declarator = (declarator, None) if inner is None else (None, inner)
    if name is None and kind is ScopeKind.FUNCTION:
        # A function expression is called what it is assigned to; some grammars name no fields.
        found = (child for child in node.named_children if child.type == "simple_identifier")
        name = next(found, None) or (path[-2].child_by_field_name("name") if path[1:] else None)
    if name is None and kind is ScopeKind.TYPE:
        name = node.child_by_field_name("type") or (node.named_children or [None])[0]
    return tree.text_of(name).strip("# \r\n").partition("\n")[0] if name is not None else ""


def _indented(snapshot: Snapshot, language: Language) -> Scope | None:
    text, indent = snapshot.text, column(snapshot)
    header = opener(snapshot, language=language)
    if header is None:
        if indent == 0:
            return None
        above = lines_above(text, snapshot.offset)
        header = next((line for line in above if line.width < indent), None)
        if header is None:
            return None
    if _CONTINUES.match(header.text):
        # It ends what an earlier line of the same indentation began.
        above = lines_above(text, header.start)
        header = next((line for line in above if line.width <= header.width), header)
    end = len(text)
    for line in lines_below(text, snapshot.offset):
        if line.width <= header.width:
            end = max(snapshot.offset, line.start - 1)
            break
    for pattern, kind in ((_TYPE, ScopeKind.TYPE), (_FUNCTION, ScopeKind.FUNCTION)):
        found = pattern.search(header.text)
        if found:
            return Scope(kind=kind, name=found[1], start=header.start, end=end)
    return Scope(kind=ScopeKind.BLOCK, name="", start=header.start, end=end)


def _last_code(snapshot: Snapshot, language: Language) -> int:
    """The offset after the last character before the cursor that is neither white space nor in a
    line that is a comment."""
    before = snapshot.before
    comment = language.line_comment or "\0"
    code = before.rstrip()
    if code and not code.lstrip().startswith(comment):
        return snapshot.line_start + len(code)
    for line in lines_above(snapshot.text, snapshot.offset):
        if not line.text.lstrip().startswith(comment):
            return line.start + len(line.text.rstrip())
    return snapshot.line_start
