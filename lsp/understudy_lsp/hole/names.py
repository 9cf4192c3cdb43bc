"""The names near the cursor, by which definitions and signatures are looked up.

They are read from the text, and the tree only says which of them are code: a call that is being
typed is rarely a call for a grammar yet.
"""

import re
from functools import lru_cache
from typing import cast

import msgspec
from tree_sitter_language_pack import SupportedLanguage, get_language

from understudy_lsp.grammars import GRAMMARS
from understudy_lsp.hole.languages import ScopeKind, language
from understudy_lsp.hole.scope import Scope, scope_at
from understudy_lsp.hole.tree import Tree
from understudy_lsp.snapshot import Snapshot

MOST = 48
"""Names given: more than anybody looks up at a key."""

ABOVE = 3_000
BELOW = 1_000
"""Characters before and after the cursor in which names are looked for."""

DEEPEST = 8
"""Blocks in blocks on the way out to a function."""

HEAD = 8_000
"""Characters at the beginning of a document in which imports are looked for."""

_WORD = re.compile(r"[^\W\d]\w*")
_CALLEE = re.compile(r"(?:[\w$@]+(?:\?\.|::|\.|->|\\))*[\w$@]+[?!]?$")
_BEFORE_CALL = re.compile(r"(\w+)[ \t]+$")
_EXPRESSION = re.compile(
    r"and|assert|await|case|defer|do|echo|elif|else|emit|go|if|in|is|new|not|or|print|raise|return"
    r"|then|throw|unless|until|when|while|with|yield"
)
"""Keywords that a call may follow; after another word what looks like a call is a declaration."""
_LITERALS = re.compile(r"'(?:\\.|[^'\\\n])*'|\"(?:\\.|[^\"\\\n])*\"")
_SEPARATORS = re.compile(r"[,{}()\s*]+")
_ALIAS = re.compile(r"([\w$]+)\s*(?:\bas\b|=>|:)\s*([\w$]+)|\*\s*as\s+([\w$]+)")


class Names(msgspec.Struct, frozen=True):
    callee: str | None
    """What is being called where the cursor is among the arguments, as written: `a.b`."""
    identifiers: tuple[str, ...]
    """In the enclosing function or type, or in the file, near the cursor; the nearest first."""
    imports: dict[str, str]
    """Imported name → module, as written."""


def names_near(snapshot: Snapshot, tree: Tree | None) -> Names:
    head = snapshot.text[:HEAD]
    return Names(
        callee=_callee(snapshot, tree),
        identifiers=_identifiers(snapshot, tree),
        imports=dict(_imports(snapshot.language, head)),
    )


def _callee(snapshot: Snapshot, tree: Tree | None) -> str | None:
    start = max(0, snapshot.offset - ABOVE)
    before = _LITERALS.sub(
        lambda found: " " * len(found[0]), snapshot.text[start : snapshot.offset]
    )
    depth = 0
    for position in range(len(before) - 1, -1, -1):
        character = before[position]
        if character in ")]}":
            depth += 1
        elif character in "([{":
            depth -= 1
            if depth < 0:
                return _called(snapshot, before[:position]) if character == "(" else None
        elif character == ";" and depth == 0:
            return None
    return None


def _called(snapshot: Snapshot, before: str) -> str | None:
    """The callee that `before`, the text up to its bracket, ends with."""
    found = _CALLEE.search(before[-200:])
    if found is None or found[0] in _keywords(snapshot.language):
        return None
    word = _BEFORE_CALL.search(before[-200:][: found.start()])
    return found[0] if word is None or _EXPRESSION.fullmatch(word[1]) else None


def _identifiers(snapshot: Snapshot, tree: Tree | None) -> tuple[str, ...]:
    text, offset = snapshot.text, snapshot.offset
    start, end = max(0, offset - ABOVE), min(len(text), offset + BELOW)
    scope = _named_scope(snapshot, tree)
    if scope is not None:
        start, end = max(start, scope.start), min(end, scope.end)
    words = [
        (min(abs(offset - word.start()), abs(offset - word.end())), word.start(), word[0])
        for word in _WORD.finditer(text, start, end)
        # A word that is being typed is not a name yet.
        if word.end() != offset
    ]
    keywords = _keywords(snapshot.language)
    found: dict[str, None] = {}
    for _, position, word in sorted(words):
        if word in found or word in keywords or not _is_code(snapshot, tree, position):
            continue
        found[word] = None
        if len(found) == MOST:
            break
    return tuple(found)


def _named_scope(snapshot: Snapshot, tree: Tree | None) -> Scope | None:
    row = language(snapshot.language)
    scope = scope_at(snapshot, tree, language=row)
    for _ in range(DEEPEST):
        if scope is None or scope.kind is not ScopeKind.BLOCK:
            break
        outside = msgspec.structs.replace(snapshot, offset=scope.start)
        scope = scope_at(outside, tree, language=row)
    return scope


def _is_code(snapshot: Snapshot, tree: Tree | None, position: int) -> bool:
    if tree is None or not tree.covers(position):
        return True
    row = language(snapshot.language)
    byte = tree.byte_at(position)
    node = tree.syntax.root_node.descendant_for_byte_range(byte, byte + 1)
    literals = row.comments | row.strings
    if node is not None and ("content" in node.type or "fragment" in node.type):
        node = node.parent
    return node is None or node.type not in literals


@lru_cache(maxsize=32)
def _keywords(name: str) -> frozenset[str]:
    """The words that the grammar has for itself."""
    grammar = GRAMMARS.get(name)
    if grammar is None:
        return frozenset()
    known = get_language(cast(SupportedLanguage, grammar))
    kinds = (
        known.node_kind_for_id(i)
        for i in range(known.node_kind_count)
        if not known.node_kind_is_named(i)
    )
    return frozenset(kind for kind in kinds if kind is not None and _WORD.fullmatch(kind))


@lru_cache(maxsize=32)
def _imports(name: str, head: str) -> tuple[tuple[str, str], ...]:
    found: dict[str, str] = {}
    for pattern in language(name).imports:
        for match in re.finditer(pattern, head, re.MULTILINE):
            module = match["module"]
            names = match.groupdict().get("names")
            for bound in _bound(names) if names else [_last_part(module)]:
                found.setdefault(bound, module)
    return tuple(found.items())


def _bound(names: str) -> list[str]:
    """The names that are bound by what an import lists."""
    plain = _ALIAS.sub(lambda found: f" {found[2] or found[3]} ", names)
    return [word for word in _SEPARATORS.split(plain) if _WORD.fullmatch(word) and word != "type"]


def _last_part(module: str) -> str:
    path = re.sub(r"\.(h|hpp|hh|rb|sh|css)$", "", module.rstrip("/;"))
    return re.split(r"[./:\\]+", path)[-1]
