"""Excerpts of where somebody worked a moment ago, and of code that is like the code here."""

from collections.abc import Iterator

from understudy_lsp.copying.copies import Copy
from understudy_lsp.copying.place import VIEW
from understudy_lsp.snippets.excerpt import Excerpt, View, around
from understudy_lsp.snippets.lookup import Lookup
from understudy_lsp.snippets.recent import Recent

ABOVE, BELOW = 6, 9
"""Lines around a spot: half of llama.vim's chunks, because ours are in every prompt."""

ALIKE = 12
"""Characters before the cursor that have to be the same for code to be like the code here."""

LIKE_ABOVE, LIKE_BELOW = 5, 4
"""Lines around a place with the same text before it; with these the first model gained most."""


def recent_excerpts(
    recent: Recent, view: View, *, lookup: Lookup, edited: bool
) -> Iterator[Excerpt]:
    """Around the last spots that were edited, or only visited; newest first."""
    why = "was edited a moment ago" if edited else "was looked at a moment ago"
    for spot, text in recent:
        if spot.edited is not edited or not lookup.allowed(spot.path):
            continue
        start, end = around(text, min(spot.offset, len(text)), above=ABOVE, below=BELOW)
        if spot.path == view.path and start < view.end and end > view.start:
            if view.start <= spot.offset <= view.end:
                continue
            start, end = (start, view.start) if spot.offset < view.start else (view.end, end)
        line = text.count("\n", 0, start) + 1
        excerpt = view.excerpt(spot.path, text[start:end], line=line, why=why, stable=True)
        if excerpt:
            yield excerpt


def like_this(copy: Copy | None, view: View) -> Iterator[Excerpt]:
    """Around the places where the longest text before the cursor stands too."""
    for place in copy.places if copy else ():
        if place.agrees < ALIKE:
            continue
        before, after = place.before, place.after
        if before.count("\n") < place.line - 1:
            before = before.partition("\n")[2]  # the view began somewhere in this line
        if len(after.encode(errors="replace")) >= VIEW:
            after = after.rpartition("\n")[0]
        text = before + after
        start, end = around(text, len(before), above=LIKE_ABOVE, below=LIKE_BELOW)
        line = place.line - text.count("\n", start, len(before))
        why = f"has the same {place.agrees} characters before it"
        if excerpt := view.excerpt(place.path, text[start:end], line=line, why=why, stable=False):
            yield excerpt
