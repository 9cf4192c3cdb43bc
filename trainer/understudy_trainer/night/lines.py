"""Holes by lines, in languages without a grammar: a line, or the rest of one from where people
pause. As the curriculum learns them, else nobody could tell whether it had learned anything."""

import re
from collections.abc import Iterator

import msgspec

from understudy_trainer.repoworld.kinds.holes import LEAST, MOST
from understudy_trainer.repoworld.kinds.kind import KINDS
from understudy_typist.history import CODE

WITHOUT_GRAMMAR = CODE - {language for kind in KINDS for language in kind.languages}
"""LSP language ids."""

_PAUSE = re.compile(r"[(\[.,=] ?")
_COMMENT = ("#", "//", "*", "/*", "--")


class Line(msgspec.Struct, frozen=True):
    """`text[start:end]` is the middle."""

    kind: str
    start: int
    end: int


def lines_in(text: str, language: str) -> list[Line]:
    """Nothing where there is a grammar, whose holes tell more."""
    return list(_found(text)) if language in WITHOUT_GRAMMAR else []


def _found(text: str) -> Iterator[Line]:
    at = 0
    for line in text.split("\n"):
        code, end = line.strip(), at + len(line.rstrip())
        start = at + len(line) - len(line.lstrip())
        if code and not code.startswith(_COMMENT):
            if _may_be_asked(code):
                yield Line("line", start, end)
            for pause in _PAUSE.finditer(text, start, end):
                if _may_be_asked(text[pause.end() : end]):
                    yield Line("rest_of_line", pause.end(), end)
        at += len(line) + 1


def _may_be_asked(middle: str) -> bool:
    return len(middle) <= MOST and len("".join(middle.split())) >= LEAST
