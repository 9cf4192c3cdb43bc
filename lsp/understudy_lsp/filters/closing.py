"""How a text that ends half-way would be ended: only to ask a grammar whether it is sound so far.

A line such as `for (const x of xs) {` is right, and a syntax error as long as it stands alone.
"""

import re

from understudy_lsp.filters.balance import balance
from understudy_lsp.filters.surroundings import Surroundings

_CLOSING = {"(": ")", "[": "]", "{": "}"}

_RUBY = r"^[ \t]*(?:def|class|module|if|unless|while|until|case|begin|for)\b|\bdo\b"
_SHELL = ((r"\bthen\b", "fi"), (r"\bdo\b", "done"), (r"\bcase\b", "esac"))
_ENDS = {"ruby": ((_RUBY, "end"),), "shellscript": _SHELL, "sh": _SHELL, "bash": _SHELL}
"""By language: what opens a block, and the word that closes it."""

_SEMICOLONS = frozenset({"java", "c", "cpp", "csharp", "php", "rust"})
_TAGGED = frozenset({"html", "xml", "javascriptreact", "typescriptreact", "vue", "svelte"})
_TAG = re.compile(r"<(/?)([A-Za-z][\w.:-]*)(?:\"[^\"]*\"|'[^']*'|=>|[^<>\"'])*?(/?)>")
_VOID = re.compile(r"(?i)(?:area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr)$")

_OPERATOR = re.compile(r"(?:[=+\-*/%&|<>^~!?.]|\b(?:and|or|not|in|is|new|await))\s*$")


def closing(text: str, around: Surroundings) -> str:
    """The text as it might go on, cut short; the text itself if it seems to be whole."""
    ended = text.rstrip().removesuffix(",")
    if _OPERATOR.search(ended):
        ended = ended.rstrip() + " _"
    for mark in ('"""', "'''"):
        if around.language == "python" and ended.count(mark) % 2:
            ended += mark
    if ended.rfind("/*") > ended.rfind("*/"):
        ended += "*/"
    if around.language in _TAGGED:
        ended += "".join(f"</{name}>" for name in reversed(_open_tags(ended)))
    ended += "".join(_CLOSING[bracket] for bracket in reversed(balance(text, around).open))
    if around.language in _SEMICOLONS and ended[-1:] not in ("{", "}", ";"):
        ended += ";"
    for opens, word in _ENDS.get(around.language, ()):
        missing = _count(opens, ended) - _count(rf"^[ \t]*{word}\b", ended)
        ended += f"\n{word}" * missing
    return ended


def _count(pattern: str, text: str) -> int:
    return len(re.findall(pattern, text, re.MULTILINE))


def _open_tags(text: str) -> list[str]:
    stack: list[str] = []
    for end, name, itself in _TAG.findall(text):
        if end and stack and stack[-1] == name:
            stack.pop()
        elif not end and not itself and not _VOID.match(name):
            stack.append(name)
    return stack
