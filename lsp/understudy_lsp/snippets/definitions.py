"""Definitions of what is called and named near the cursor, found through the imports."""

import re
from collections.abc import Iterator, Mapping, Sequence

from understudy_lsp.hole.hole import Hole
from understudy_lsp.hole.names import Names
from understudy_lsp.index.facts import Definition, Import
from understudy_lsp.snippets.excerpt import Excerpt, View
from understudy_lsp.snippets.lookup import Lookup

LINES = 8
"""Of a definition: its signature, and as much as says what it is about."""

NAMES = 12
"""So many names are looked up, the nearest; each costs some 50 microseconds."""

_NAME = re.compile(r"\w+")


def of_callee(
    names: Names, imports: Mapping[str, Import], view: View, *, lookup: Lookup
) -> Iterator[Excerpt]:
    """Of what is being called: the one that is imported, or whatever has its name."""
    called = _NAME.findall(names.callee or "")
    if not called:
        return
    imported = imports.get(called[0])
    name, within = called[-1], imported.paths if imported else ()
    if imported and len(called) == 1:
        name = imported.item or name
    found = lookup.definitions([name], limit=2, within=within)
    # A method of what is imported may be inherited from elsewhere.
    found = found or lookup.definitions([name], limit=2)
    yield from _excerpts(found, view, lookup=lookup, why=f"defines {name}, called here")


def of_names(
    names: Names, imports: Mapping[str, Import], view: View, *, lookup: Lookup
) -> Iterator[Excerpt]:
    """Of names in scope that come from other files, and from this file out of view."""
    nearest = names.identifiers[:NAMES]
    for name in nearest:
        imported = imports.get(name)
        if imported and imported.paths:
            # Of a module, what is used of it here.
            wanted = [imported.item] if imported.item else nearest
            found = lookup.definitions(wanted, limit=1, within=imported.paths)
            yield from _excerpts(found, view, lookup=lookup, why=f"defines {name}, used here")
    here = lookup.definitions(nearest, limit=1, within=(view.path,))
    yield from _excerpts(here, view, lookup=lookup, why="is used here, but out of view")


def of_counterpart(names: Names, hole: Hole, view: View, *, lookup: Lookup) -> Iterator[Excerpt]:
    """The test of what is being written, or what the test being written is about."""
    path = lookup.counterpart(view.path)
    if path is None:
        return
    scope = hole.scope.name.lower() if hole.scope else ""
    nearest = names.identifiers[:NAMES]
    found = [
        definition
        for definition in lookup.definitions_in(path)
        if definition.name in nearest or (scope and scope in definition.name.lower())
    ]
    yield from _excerpts(found, view, lookup=lookup, why="is what is tested, or its test")


def _excerpts(
    definitions: Sequence[Definition], view: View, *, lookup: Lookup, why: str
) -> Iterator[Excerpt]:
    for each in definitions:
        first, last = each.start_line, min(each.end_line, each.start_line + LINES - 1)
        text = lookup.text_of(each.path, first, last)
        if text and (found := view.excerpt(each.path, text, line=first, why=why, stable=True)):
            yield found
