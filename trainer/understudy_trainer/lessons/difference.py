"""What kind of difference there is between a right and a wrong answer where the two part.

What it is called says what the wrong answer did: a `missing argument` is one that it left out.
"""

from collections.abc import Sequence
from enum import StrEnum

import msgspec
import tree_sitter as ts

from understudy_trainer.lessons import calls
from understudy_trainer.lessons.bifurcation import Bifurcation
from understudy_trainer.lessons.nodes import is_attribute, is_name, is_type, is_value, operands
from understudy_trainer.lessons.site import Site, shape, site_of
from understudy_trainer.lessons.trees import Tree, is_statement


class Kind(StrEnum):
    MISSING_ARGUMENT = "missing argument"
    EXTRA_ARGUMENT = "extra argument"
    KEYWORD = "another keyword"
    """An argument's name; its value may differ as well."""
    CALL = "another call"
    """What is called; the arguments may differ as well."""
    NAME = "another name"
    ATTRIBUTE = "another attribute"
    TYPE = "another type"
    LITERAL = "another literal"
    OPERATOR = "another operator"
    ORDER = "another order"
    MISSING_STATEMENT = "missing statement"
    EXTRA_STATEMENT = "extra statement"
    BROKEN = "broken"
    """The wrong answer does not parse."""
    OTHER = "other"
    """Several things at once, or something that has no name here."""


class Difference(msgspec.Struct, frozen=True):
    kind: Kind
    callee: str = ""
    """What the call is called that it lies in, the nearest one in the statement; "" in none. Of
    another call it is the right one."""
    right: str = ""
    """What the right answer has there, as written; "" for what it does not have."""
    wrong: str = ""
    keywords: tuple[str, ...] = ()
    """Names of the arguments that are missing or extra, or of the one that holds the difference."""
    arguments: int | None = None
    """How many the right call has; None where that is not a fixed number."""


def difference(at: Bifurcation) -> Difference | None:
    """Of the two statements there; None if no tree can say, or they differ in nothing that means
    anything, such as a trailing comma."""
    if at.statements is None:
        return None
    # A grammar may not know all of a file; what counts is what the answer broke.
    if at.statements.wrong.root.has_error and not at.statements.right.root.has_error:
        return Difference(Kind.BROKEN)
    site = site_of(at.statements)
    return _described(site) if site.ours or site.theirs else None


def _described(site: Site) -> Difference:
    kind = _kind(site)
    if kind is Kind.CALL:
        called = _called(site.right, site.one, site.ours)
        wrong = _called(site.wrong, site.other, site.theirs)
        return Difference(kind, callee=called, right=called, wrong=wrong)
    call = calls.around(site.one)
    named = kind is Kind.KEYWORD and len(site.ours) > 1
    ours, theirs = (site.ours[:1], site.theirs[:1]) if named else (site.ours, site.theirs)
    return Difference(
        kind,
        callee=calls.callee(site.right, call) if call else "",
        right=_text(site.right, ours),
        wrong=_text(site.wrong, theirs),
        keywords=_keywords(site, kind),
        arguments=calls.arguments(call) if call else None,
    )


def _kind(site: Site) -> Kind:
    one, other, ours, theirs = site.one, site.other, site.ours, site.theirs
    if calls.is_call(one) and calls.is_call(other) and not _same_callee(site):
        return Kind.CALL
    if calls.is_list(one):
        kind = _kind_of_arguments(site)
        if kind is not None:
            return kind
    if len(ours) == len(theirs) > 1 and _sorted(site.right, ours) == _sorted(site.wrong, theirs):
        return Kind.ORDER
    if calls.is_keyword(one) and calls.keyword(site.right, one) != calls.keyword(site.wrong, other):
        return Kind.KEYWORD
    if len(ours) == len(theirs) == 1:
        return _kind_of_substitution(site, ours[0], theirs[0])
    if all(is_statement(each) for each in (*ours, *theirs)) and bool(ours) != bool(theirs):
        return Kind.MISSING_STATEMENT if ours else Kind.EXTRA_STATEMENT
    return Kind.OPERATOR if _one_sign(site) else Kind.OTHER


def _kind_of_arguments(site: Site) -> Kind | None:
    """None if something else than which arguments there are differs."""
    if not site.theirs:
        return Kind.MISSING_ARGUMENT
    if not site.ours:
        return Kind.EXTRA_ARGUMENT
    right = {calls.keyword(site.right, each) for each in site.ours}
    wrong = {calls.keyword(site.wrong, each) for each in site.theirs}
    if wrong - {""} < right - {""}:
        return Kind.MISSING_ARGUMENT
    if right - {""} < wrong - {""}:
        return Kind.EXTRA_ARGUMENT
    return None


def _kind_of_substitution(site: Site, ours: ts.Node, theirs: ts.Node) -> Kind:
    if not ours.is_named and not theirs.is_named:
        return Kind.OPERATOR
    if calls.is_called(ours) and calls.is_called(theirs) and not _same_called(site):
        return Kind.CALL
    if is_type(ours):
        return Kind.TYPE
    if calls.names_argument(ours):
        return Kind.KEYWORD
    if calls.is_call(ours) and calls.is_call(theirs) and not _same_called(site):
        return Kind.CALL
    if operands(site.right, ours) == operands(site.wrong, theirs) != []:
        return Kind.OPERATOR
    if is_value(ours):
        return Kind.LITERAL
    if is_attribute(ours) or (is_attribute(theirs) and is_name(ours)):
        return Kind.ATTRIBUTE
    if is_name(ours):
        return Kind.NAME
    return Kind.OPERATOR if _one_sign(site) else Kind.OTHER


def _one_sign(site: Site) -> bool:
    """Whether one operator is another, and what it binds is another for that."""
    right, wrong = (
        [leaf for node in nodes for leaf in shape(tree, node) if leaf[1]]
        for tree, nodes in ((site.right, site.ours), (site.wrong, site.theirs))
    )
    pairs = zip(right, wrong, strict=False)
    differ = [(ours, theirs) for ours, theirs in pairs if ours[1] != theirs[1]]
    # What has no name in the grammar is called as it is written.
    signs = all(kind == text for pair in differ for kind, text in pair)
    return len(right) == len(wrong) and len(differ) == 1 and signs


def _called(tree: Tree, node: ts.Node, inner: Sequence[ts.Node]) -> str:
    """The callee of what is a call, or is a part of what one calls."""
    if len(inner) == 1 and calls.is_call(inner[0]):
        return calls.callee(tree, inner[0])
    call = calls.around(node)
    return calls.callee(tree, call) if call else _text(tree, inner)


def _same_called(site: Site) -> bool:
    """What is called may be a part of something else that differs, as in `a[0].b()`."""
    called = _called(site.right, site.one, site.ours)
    return called == _called(site.wrong, site.other, site.theirs)


def _same_callee(site: Site) -> bool:
    return calls.callee(site.right, site.one) == calls.callee(site.wrong, site.other)


def _keywords(site: Site, kind: Kind) -> tuple[str, ...]:
    if kind is Kind.MISSING_ARGUMENT:
        more, less = (site.right, site.ours), (site.wrong, site.theirs)
    elif kind is Kind.EXTRA_ARGUMENT:
        more, less = (site.wrong, site.theirs), (site.right, site.ours)
    else:
        held = calls.keyword_around(site.right, site.ours[0] if site.ours else site.one)
        return (held,) if held else ()
    there = {calls.keyword(less[0], each) for each in less[1]}
    names = (calls.keyword(more[0], each) for each in more[1])
    return tuple(name for name in names if name and name not in there)


def _sorted(tree: Tree, nodes: Sequence[ts.Node]) -> list[list[tuple[str, str]]]:
    return sorted(list(shape(tree, node)) for node in nodes)


def _text(tree: Tree, nodes: Sequence[ts.Node]) -> str:
    return tree.source[nodes[0].start_byte : nodes[-1].end_byte].decode() if nodes else ""
