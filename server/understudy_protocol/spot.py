"""A place where something is about to be written, as far as lessons care: which call it is in,
which names are near.

While a line is typed the spot changes as little as it can, because what is chosen by it stands at
the beginning of a prompt, and the engine's prefix cache holds only what stays: the window above
ends with whole lines, and a word counts once it is finished.
"""

import re

import msgspec

ABOVE, BELOW = 1_000, 300
"""Characters above the line, and after the place, in which names are near; above it and in the line
brackets are looked for. Of a longer line the end counts."""

_WORD = re.compile(r"[^\W\d][\w$]*")
_REST_OF_WORD = re.compile(r"[\w$]*")
_CALLEE = re.compile(r"(?:[\w$]+(?:\?\.|::|\.))*[\w$]+$")
_LITERALS = re.compile(r"'(?:\\.|[^'\\\n])*'|\"(?:\\.|[^\"\\\n])*\"")
_DEFINES = re.compile(r"\b(?:class|def|fn|func|function)\s+[\w$]*$")
LONGEST_KEYWORD = 20
"""Characters before a name in which a keyword is looked for that says it is defined there."""
_SIGNS = re.compile(r"[()\[\]{};]")
_OPENS, _CLOSES = frozenset("([{"), frozenset(")]}")


class Spot(msgspec.Struct, frozen=True):
    path: str
    language: str
    """LSP language id."""
    callee: str
    """Of the call among whose arguments it is, as `Scope.callee` is written; "" in none."""
    names: frozenset[str]


def spot_of(prefix: str, suffix: str, *, path: str, language: str) -> Spot:
    """What can be known of a place from the text on both sides of it."""
    before = _above(prefix) + prefix[prefix.rfind("\n") + 1 :][-ABOVE:]
    finished, after = before[: _start(before, of="_$")], suffix[:BELOW]
    if len(finished) < len(before):
        after = _REST_OF_WORD.sub("", after, count=1)
    return Spot(
        path=path,
        language=language,
        callee=_callee(before),
        names=frozenset(_WORD.findall(finished + "\n" + after)),
    )


def plain_callee(before: str) -> str:
    """The callee that a text ends with: `get` for `self.get`, `a.b` for `a::b` and `a?.b`."""
    found = _CALLEE.search(before, _start(before, of="_$.?:"))
    written = found[0].replace("?.", ".").replace("::", ".") if found else ""
    return written.removeprefix("self.").removeprefix("this.")


def _start(text: str, *, of: str) -> int:
    """Where the letters, digits and signs `of` begin that the text ends with; a regular expression
    would try each place before."""
    start = len(text)
    while start and (text[start - 1].isalnum() or text[start - 1] in of):
        start -= 1
    return start


def _above(prefix: str) -> str:
    """The lines above the last one that lie within the window, whole: a window that began in the
    middle of a line could take the end of a literal for its beginning."""
    end = prefix.rfind("\n") + 1
    start = end - ABOVE
    return prefix[:end] if start <= 0 else prefix[prefix.find("\n", start - 1, end) + 1 : end]


def _callee(before: str) -> str:
    """What is called by the bracket that is open at the end; objects and lists within the
    arguments belong to them."""
    blanked = _LITERALS.sub(lambda found: " " * len(found[0]), before)
    depth = 0
    for found in reversed(list(_SIGNS.finditer(blanked))):
        sign, at = found[0], found.start()
        if sign in _CLOSES:
            depth += 1
        elif sign in _OPENS and depth:
            depth -= 1
        elif sign == "(":
            return _called(blanked[:at].rstrip(" "))
        elif not depth and (sign == ";" or (sign == "{" and _opens_block(blanked[:at]))):
            return ""
    return ""


def _called(before: str) -> str:
    """What the text up to a bracket calls; what it defines is not called."""
    start = _start(before, of="_$")
    return "" if _DEFINES.search(before, max(0, start - LONGEST_KEYWORD)) else plain_callee(before)


def _opens_block(before: str) -> bool:
    """Whether a function's body begins among the arguments, where an object would otherwise."""
    return before.rstrip().endswith((")", "=>", "->"))
