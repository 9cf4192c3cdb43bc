"""Where a text that was seen in an editor stands in the repository."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

import msgspec

from understudy_protocol.languages import language_of
from understudy_secrets.span import REDACTED
from understudy_trainer.repoworld.kinds.holes import LEAST, MOST


class Stands(msgspec.Struct, frozen=True):
    path: str
    middle: str
    """From the cursor to where the line, or the text, ends in the repository."""


class Places:
    """Of all files at the commit."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self.files = {path: text.replace("\r\n", "\n") for path, text in files.items()}
        self._of_language: dict[str, list[str]] = defaultdict(list)
        for path in sorted(files):
            self._of_language[language_of(path) or ""].append(path)

    def find(self, path: str, *, prefix: str, text: str, suffix: str) -> Stands | str:
        """Where the line that the cursor is on goes on with `text`, to the end of the line it ends
        on. In the file at `path`, or in another one of its language, where it may have been moved.
        A sentence's worth of why not otherwise."""
        prefix, text, suffix = (each.replace("\r\n", "\n") for each in (prefix, text, suffix))
        *above, start = prefix.split("\n")
        rest = suffix.partition("\n")[0].rstrip()
        before = next((line.strip() for line in reversed(above) if line.strip()), "")
        others = self._of_language[language_of(path) or ""]
        for each in (path, *(other for other in others if other != path)):
            if each not in self.files:
                continue
            near: set[str] = set()
            far: set[str] = set()
            for at, middle in _middles(self.files[each], start, text=text.rstrip(), rest=rest):
                follows = self.files[each][:at].rstrip().rpartition("\n")[2].strip() == before
                (near if follows else far).add(middle)
            # Below the same line is where it was written; elsewhere it must be the only one.
            if found := near or far:
                return "in several forms" if len(found) > 1 else _judged(each, found.pop())
        return "not committed"


def _middles(whole: str, start: str, *, text: str, rest: str) -> Iterator[tuple[int, str]]:
    """Where lines begin with `start` and `text` and end with `rest`, and what is between them."""
    sought = start + text
    at = whole.find(sought) if text else -1
    while at >= 0:
        if at == 0 or whole[at - 1] == "\n":
            end = whole.find("\n", at + len(sought))
            line = whole[at : len(whole) if end < 0 else end].rstrip()
            if line.endswith(rest) and len(line) - len(rest) >= len(sought):
                yield at, line[len(start) : len(line) - len(rest)]
        at = whole.find(sought, at + 1)


def _judged(path: str, middle: str) -> Stands | str:
    if REDACTED in middle:
        return "secret"
    if len("".join(middle.split())) < LEAST:
        return "too short"
    return "too long" if len(middle) > MOST else Stands(path, middle)
