"""What is known of completions while the log is read: of each the newest word, and no more of them
than may be needed."""

from collections import Counter
from typing import Generic, TypeVar

from understudy_protocol.completion import CompletionId
from understudy_trainer.curriculum.shares import Person, newest

T = TypeVar("T")


class NewestWord(Generic[T]):
    """Holds at most twice `most`; what is let go of, or teaches nothing, is counted in
    `left_out`."""

    def __init__(self, person: Person[T], *, most: int, left_out: Counter[str]) -> None:
        self._person = person
        self._most = most
        self._left_out = left_out
        self._found: dict[CompletionId, T] = {}

    def hear(self, id: CompletionId, told: T | str) -> None:
        """Something to be learned of a completion, or why nothing is. That it was not kept takes
        back what was heard before."""
        before = self._found.pop(id, None)
        if not isinstance(told, str):
            self._found[id] = told  # what is newest stands last
        elif before is None or told == "not kept":
            self._left_out[told] += 1
        else:
            self._found[id] = before

    def trim(self) -> None:
        if len(self._found) > 2 * self._most:
            self._found = dict(self._newest())

    def newest(self) -> list[T]:
        """At most `most`, the oldest first."""
        return [each for _, each in self._newest()]

    def every(self) -> list[T]:
        """The oldest first."""
        return list(self._found.values())

    def _newest(self) -> list[tuple[CompletionId, T]]:
        items = list(self._found.items())
        chosen = newest(items, lambda item: self._person(item[1]), most=self._most)
        self._left_out["more than is needed"] += len(items) - len(chosen)
        return chosen
