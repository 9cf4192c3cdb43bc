"""Where an answer brings what stands right of the cursor, and takes its place."""

import re

from understudy_lsp.filters.balance import balance
from understudy_lsp.filters.rest import rest_in
from understudy_lsp.filters.surroundings import Surroundings

_TRAILER = re.compile(r"\s*[;:,]$")


def replaced(text: str, around: Surroundings) -> int:
    """How many characters from the cursor on `text` takes the place of.

    An editor closes brackets and quotes as they are opened, and a model closes them again: they are
    replaced, and so is other text that the answer writes out.
    """
    after = around.after.rstrip()
    if not after:
        return 0
    rest = rest_in(text, around)
    found = balance(text, around)
    if rest == len(after) or not found.used:
        return rest
    trailer = _TRAILER.match(after, found.used)
    if trailer and (text.startswith(trailer.group(), found.last) or text.endswith(trailer.group())):
        return trailer.end()
    return max(rest, found.used)
