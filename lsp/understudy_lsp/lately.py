"""What the person made of suggestions in the last minutes: the same text, the same line, all."""

from collections import deque
from collections.abc import Hashable, Iterable
from typing import TypeVar

import msgspec

from understudy_protocol.completion import CompletionId
from understudy_protocol.events import Accepted, Event, Ignored, PartiallyAccepted, Rejected

LATELY = 20
"""Suggestions whose outcomes say what the person thinks of them now."""

REMEMBERED = 512
"""Texts, lines and completions; hours of work."""

K = TypeVar("K", bound=Hashable)

Line = tuple[str, int]
"""URI of a document, and a line of it."""


class Recall(msgspec.Struct, frozen=True):
    """What there is to say of a suggestion before it is shown."""

    taken: float = 0.0
    """Share of the last suggestions that were taken, less a half; 0 before there are any."""
    again: int = 0
    """How often the same text was shown before, as another completion …"""
    again_taken: int = 0
    """… and taken."""
    on_line: int = 0
    """How many other completions were shown on its line."""


class Lately:
    def __init__(self) -> None:
        self._outcomes: deque[bool] = deque(maxlen=LATELY)
        self._texts: dict[str, int] = {}
        self._taken_texts: dict[str, int] = {}
        self._lines: dict[Line, int] = {}
        self._open: dict[CompletionId, str] = {}
        """Texts of completions that nothing was taken of yet."""
        self._in_part: dict[CompletionId, int] = {}

    def recall(self, text: str, line: Line) -> Recall:
        return Recall(
            taken=(sum(self._outcomes) + 1) / (len(self._outcomes) + 2) - 0.5,
            again=self._texts.get(text, 0),
            again_taken=self._taken_texts.get(text, 0),
            on_line=self._lines.get(line, 0),
        )

    def shown(self, completion: CompletionId, text: str, line: Line) -> None:
        """For the first time."""
        _count(self._texts, text)
        _count(self._lines, line)
        self._open[completion] = text
        if len(self._open) > REMEMBERED:
            del self._open[next(iter(self._open))]

    def heard(self, events: Iterable[Event]) -> None:
        for event in events:
            match event:
                case PartiallyAccepted():
                    _count(self._in_part, event.completion)
                    self._taken(event.completion)
                case Accepted():
                    self._outcomes.append(True)
                    self._taken(event.completion)
                case Rejected() | Ignored():
                    self._outcomes.append(event.completion in self._in_part)
                case _:
                    pass

    def _taken(self, completion: CompletionId) -> None:
        if (text := self._open.pop(completion, None)) is not None:
            _count(self._taken_texts, text)


def _count(counts: dict[K, int], key: K) -> None:
    """What was counted last stands last; the first is forgotten where there are too many."""
    counts[key] = counts.pop(key, 0) + 1
    if len(counts) > REMEMBERED:
        del counts[next(iter(counts))]
