"""The tables name only what the grammars have."""

import re
from typing import cast

import pytest
from tree_sitter_language_pack import SupportedLanguage, get_language

from understudy_lsp.grammars import GRAMMARS
from understudy_lsp.hole.languages import language


def kinds_of(name: str) -> set[str | None]:
    grammar = get_language(cast(SupportedLanguage, GRAMMARS[name]))
    return {grammar.node_kind_for_id(index) for index in range(grammar.node_kind_count)}


@pytest.mark.parametrize("name", GRAMMARS)
def test_kinds_exist(name: str) -> None:
    row = language(name)
    sharing = [other for other in GRAMMARS if language(other) is row]
    known = set[str | None]().union(*(kinds_of(other) for other in sharing))
    named = row.bodies | row.functions | row.types | row.strings | row.interpolations | row.comments
    assert named <= known, named - known


@pytest.mark.parametrize("name", GRAMMARS)
def test_patterns_compile(name: str) -> None:
    row = language(name)
    assert re.search(row.opens, "x = 1") is None
    assert all("module" in re.compile(pattern).groupindex for pattern in row.imports)
