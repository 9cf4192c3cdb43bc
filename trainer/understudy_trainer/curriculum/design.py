"""Design: how the repository is made up, as cards of its modules.

In SWE-Spot an agent explores the repository and writes reports on what its components do and how
they work together. Here a card says what can be read off the code: what the module is for, in the
words of its own first lines, what it has for others, what it needs, and who uses it, found by name.
Each card is asked for where the code is in view, and the beginning of the code where the card is.
"""

import random
import re
from collections.abc import Iterator, Mapping

from understudy_protocol.comments import comment_leader
from understudy_protocol.languages import language_of
from understudy_secrets.span import REDACTED
from understudy_trainer.curriculum.definitions import SHORT, WORD, Definitions, speaks_of
from understudy_trainer.curriculum.example import Example
from understudy_trainer.curriculum.gather import Gathered

EXPORTS, IMPORTS, CALLERS, NAMES = 8, 8, 4, 3
"""That a card tells at most; names of each caller."""
PURPOSE = 200
"""Characters."""
HEAD = 300
"""Characters of the code that is asked for, whole lines."""

WEIGHT = 0.5
"""A card is ten times as long as what people ask for, and nobody asks for one."""

_DOCSTRING = re.compile(r'\s*(?:#[^\n]*\n\s*)*[rR]?("""|\'\'\')(?P<text>.*?)\1', re.DOTALL)
_COMMENT = re.compile(
    r"\s*(?:/\*(?P<block>.*?)\*/|(?P<lines>(?:[ \t]*(?://+!?|#)[^\n]*\n)+))", re.DOTALL
)
_LICENSE = re.compile(r"copyright|license|SPDX|#!/", re.IGNORECASE)
_IMPORT = re.compile(
    r"^(?:from\s+([\w.]+)\s+import\b|import\s+([\w.]+)|use\s+([\w:]+)"
    r"|import\s[^\n]*?from\s+[\"']([^\"'\n]+)|import\s+(?:\w+\s+)?[\"']([^\"'\n]+)"
    r"|\t(?:\w+ )?\"([\w./-]+)\"$|.*\brequire\([\"']([^\"'\n]+))",
    re.MULTILINE,
)


def design(gathered: Gathered, *, seed: int) -> Iterator[Example]:
    """Two of each module that others use, in random order; nobody uses tests."""
    definitions = Definitions(gathered.files)
    callers = _callers(gathered.files, definitions)
    changed = sorted(set(gathered.files) - gathered.unchanged)
    random.Random(f"{seed} design").shuffle(changed)
    for path in changed:
        if path not in callers:
            continue
        text = gathered.files[path]
        first, rest = _card(path, text, _exports(path, definitions), callers[path])
        head = text[: text.rfind("\n", 0, HEAD)] if len(text) > HEAD else text.rstrip()
        asked = [
            (first, rest, f"\n\n{text}"),
            (f"{first}{rest}\n\n", head, text[len(head) :]),
        ]
        for prefix, middle, suffix in asked:
            if middle.strip() and REDACTED not in middle:
                yield Example(
                    unit="design",
                    path=path,
                    commit=gathered.commit,
                    language=language_of(path) or "",
                    prefix=prefix,
                    middle=middle,
                    suffix=suffix,
                    weight=WEIGHT,
                )


def _card(
    path: str, text: str, exports: Mapping[str, str], callers: Mapping[str, list[str]]
) -> tuple[str, str]:
    """Its first line, and the others."""
    leader = comment_leader(path)
    imports = dict.fromkeys(name for found in _IMPORT.findall(text) for name in found if name)
    users = sorted(callers.items(), key=lambda each: (-len(each[1]), each[0]))[:CALLERS]
    told = {
        "Purpose": purpose_of(text),
        "Exports": "; ".join(list(exports.values())[:EXPORTS]),
        "Imports": ", ".join(list(imports)[:IMPORTS]),
        "Used by": "; ".join(f"{user} ({', '.join(names[:NAMES])})" for user, names in users),
    }
    rest = "".join(f"{leader} {title}: {what}\n" for title, what in told.items() if what)
    return f"{leader} Module: {path}\n", rest.rstrip("\n")


def purpose_of(text: str) -> str:
    """The first paragraph of what a file says of itself, in one line."""
    found = _DOCSTRING.match(text)
    said = found["text"] if found else ""
    if not found and (comment := _COMMENT.match(text)):
        said = comment["block"] or comment["lines"] or ""
        said = re.sub(r"^[ \t]*(?://+!?|#+|\*+)[ \t]?", "", said, flags=re.MULTILINE)
    paragraph = re.split(r"\n[ \t]*\n", said.strip())[0]
    line = " ".join(paragraph.split())
    if _LICENSE.search(text[: found.end() if found else 400]) and not found:
        return ""
    return line if len(line) <= PURPOSE else f"{line[:PURPOSE].rpartition(' ')[0]} …"


def _exports(path: str, definitions: Definitions) -> dict[str, str]:
    """Name → signature of what a module has for others."""
    own = definitions.of_file[path]
    return {each.name: each.signature for each in own if each.top and not each.name.startswith("_")}


def _callers(files: Mapping[str, str], definitions: Definitions) -> dict[str, dict[str, list[str]]]:
    """Path → path of a file that speaks of names which only the first one defines → those names."""
    found: dict[str, dict[str, list[str]]] = {}
    for user, text in sorted(files.items()):
        words = frozenset(WORD.findall(text))
        for word in sorted(words):
            if len(word) <= SHORT:
                continue
            definers = definitions.definers(word)
            if len(definers) != 1 or user in definers:
                continue
            (path,) = definers
            # Many words are a name somewhere.
            if speaks_of(user, path, words):
                found.setdefault(path, {}).setdefault(user, []).append(word)
    return found
