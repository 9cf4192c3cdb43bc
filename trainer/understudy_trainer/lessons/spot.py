"""A place where something is about to be written, as far as lessons care: which call it is in,
which names are near."""

import re

import msgspec

from understudy_trainer.lessons.calls import plain_callee
from understudy_trainer.repoworld.hole import Hole

ABOVE, BELOW = 1_000, 300
"""Characters before and after the place in which names are near, and brackets are looked for."""

_WORD = re.compile(r"[^\W\d][\w$]*")
_LITERALS = re.compile(r"'(?:\\.|[^'\\\n])*'|\"(?:\\.|[^\"\\\n])*\"")
_DEFINES = re.compile(r"\b(?:class|def|fn|func|function)\s+[\w$]*$")
_OPENS, _CLOSES = frozenset("([{"), frozenset(")]}")


class Spot(msgspec.Struct, frozen=True):
    path: str
    language: str
    """LSP language id."""
    callee: str
    """Of the call among whose arguments it is, as `Scope.callee` is written; "" in none."""
    names: frozenset[str]


def spot_of(hole: Hole) -> Spot:
    """What can be known of a hole without its middle."""
    near = hole.prefix[-ABOVE:] + "\n" + hole.suffix[:BELOW]
    return Spot(
        path=hole.path,
        language=hole.language,
        callee=_callee(hole.prefix[-ABOVE:]),
        names=frozenset(_WORD.findall(near)),
    )


def _callee(before: str) -> str:
    """What is called by the bracket that is open at the end; objects and lists within the
    arguments belong to them."""
    blanked = _LITERALS.sub(lambda found: " " * len(found[0]), before)
    depth = 0
    for at in range(len(blanked) - 1, -1, -1):
        sign = blanked[at]
        if sign in _CLOSES:
            depth += 1
        elif sign in _OPENS and depth:
            depth -= 1
        elif sign == "(":
            return _called(blanked[:at].rstrip(" "))
        elif (sign == ";" or _opens_block(blanked, at)) and not depth:
            return ""
    return ""


def _called(before: str) -> str:
    """What the text up to a bracket calls; what it defines is not called."""
    return "" if _DEFINES.search(before) else plain_callee(before)


def _opens_block(text: str, at: int) -> bool:
    """A function's body among the arguments, where an object would begin otherwise."""
    return text[at] == "{" and text[:at].rstrip().endswith((")", "=>", "->"))
