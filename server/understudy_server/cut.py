"""Where a completion ends: at the end of the line, or of the scope, decided while it streams.

A cut is fed the model's text piece by piece and says what of it belongs to the completion. It holds
text back only as long as it cannot know: a carriage return, and in block mode the line break and
indentation of a line whose first character has not arrived. Scope is read from indentation, which
needs no grammar and is right for any consistently indented code (Tabby's `limitScope` is the same
idea, done after the fact).
"""

import re
from typing import Protocol

from understudy_protocol.completion import CompletionRequest, FinishReason, Mode

TAB_WIDTH = 4
_CLOSER = re.compile(r"[)\]}]|end\b")


class Cut(Protocol):
    reason: FinishReason

    def feed(self, text: str) -> tuple[str, bool]:
        """The part of the text so far withheld that can be shown now, and whether that was all."""
        ...


def cut_for(request: CompletionRequest) -> Cut:
    if request.mode is Mode.LINE:
        return LineCut()
    line = request.prefix[request.prefix.rfind("\n") + 1 :]
    return ScopeCut(line=line, suffix=request.suffix)


class LineCut:
    reason = FinishReason.LINE

    def __init__(self) -> None:
        self._line_ends = LineEnds()

    def feed(self, text: str) -> tuple[str, bool]:
        text = self._line_ends.feed(text)
        end = text.find("\n")
        return (text, False) if end < 0 else (text[:end], True)


class ScopeCut:
    """Ends before the first line that is indented less than the scope.

    After code (`def f():`) the scope is everything indented deeper than the cursor's line, and a
    closing bracket or `end` at its indentation if the suffix does not bring it. On a blank line
    the scope is everything indented as deep as the cursor; at the left margin a blank line ends
    it too.
    """

    reason = FinishReason.SCOPE

    def __init__(self, *, line: str, suffix: str) -> None:
        self._indent = _width(line)
        self._after_code = bool(line.strip())
        self._next_line = suffix.lstrip().split("\n", 1)[0].strip()
        self._line_ends = LineEnds()
        self._held = ""
        self._in_line = True  # what is fed continues a line that has been let through
        self._last_line = False  # … and nothing after that line belongs to the scope

    def feed(self, text: str) -> tuple[str, bool]:
        text, self._held = self._held + self._line_ends.feed(text), ""
        shown = ""
        while text:
            if self._in_line:
                end = text.find("\n")
                if end < 0:
                    return shown + text, False
                shown, text = shown + text[:end], text[end:]
                if self._last_line:
                    return shown, True
                self._in_line = False
            start = len(text) - len(text.lstrip())
            if start == len(text):
                self._held = text
                return shown, False
            if not self._belongs(text[:start], text[start:]):
                return shown, True
            shown, text = shown + text[:start], text[start:]
            self._in_line = True
        return shown, False

    def _belongs(self, space: str, code: str) -> bool:
        indent = _width(space[space.rfind("\n") + 1 :])
        if self._after_code:
            if indent == self._indent and _CLOSER.match(code) is not None:
                self._last_line = True
                return not self._next_line.startswith(code[0])
            return indent > self._indent
        if self._indent == 0 and indent == 0 and space.count("\n") > 1:
            return False
        return indent >= self._indent


class LineEnds:
    """`\\r\\n` becomes `\\n`; a `\\r` at the end is withheld until what follows it is known."""

    def __init__(self) -> None:
        self._held = ""

    def feed(self, text: str) -> str:
        text = self._held + text
        self._held = "\r" if text.endswith("\r") else ""
        return text.removesuffix("\r").replace("\r\n", "\n")


def _width(line: str) -> int:
    spaces = line[: len(line) - len(line.lstrip())]
    return len(spaces.expandtabs(TAB_WIDTH))
