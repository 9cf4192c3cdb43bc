"""The last step: lines become a text for the cursor's place, if there is enough of it."""

from understudy_lsp.filters.echo import before_suffix, copies_above
from understudy_lsp.filters.overlap import replaced
from understudy_lsp.filters.surroundings import Surroundings
from understudy_lsp.filters.verdict import Hidden, Hide, Show, Verdict

SHORTEST = 3
"""Visible characters that a suggestion must add: reading and taking fewer is slower than typing
them. tabby-agent asks for 4, and so hides the end of a word that somebody types along with it."""


def fit(lines: list[str], around: Surroundings) -> Verdict:
    """The lines without blanks at their end, with the document's line breaks; what they bring of
    the rest of the cursor's line is replaced. Hidden if what is left says nothing new."""
    if before_suffix(lines, around) != lines:
        return Hide(Hidden.SUFFIX)
    if copies_above(lines, around):
        return Hide(Hidden.ABOVE)
    text = "\n".join(lines)
    text = text.rstrip("\n") if around.after.strip() else text.rstrip()
    replaces = replaced(text, around)
    if around.after[replaces:][:1] in (" ", "\t"):
        text = text.rstrip()  # the blank is there already
        replaces = replaced(text, around)
    added = len(_visible(text)) - len(_visible(around.after[:replaces]))
    if added == 0:
        return Hide(Hidden.SUFFIX)
    if added < SHORTEST:
        return Hide(Hidden.SHORT)
    return Show(text.replace("\n", around.line_break), replaces)


def _visible(text: str) -> str:
    return "".join(text.split())
