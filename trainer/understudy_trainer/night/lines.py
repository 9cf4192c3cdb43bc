"""Holes by lines, in languages without a grammar. As the curriculum learns them, else nobody could
tell whether it had learned anything."""

from understudy_trainer.repoworld.kinds.holes import LEAST, MOST
from understudy_trainer.repoworld.kinds.kind import KINDS
from understudy_trainer.repoworld.kinds.lines import Line, places_by_line
from understudy_typist.history import CODE

WITHOUT_GRAMMAR = CODE - {language for kind in KINDS for language in kind.languages}
"""LSP language ids."""


def lines_in(text: str, language: str) -> list[Line]:
    """Nothing where there is a grammar, whose holes tell more."""
    if language not in WITHOUT_GRAMMAR:
        return []
    return [each for each in places_by_line(text) if _may_be_asked(text[each.start : each.end])]


def _may_be_asked(middle: str) -> bool:
    return len(middle) <= MOST and len("".join(middle.split())) >= LEAST
