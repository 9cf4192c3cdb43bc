"""Lessons about what stands nowhere in the repository any more."""

import re
from collections.abc import Iterable, Iterator, Mapping

from understudy_protocol.lesson import Lesson, Scope
from understudy_protocol.lesson_index import first_name
from understudy_trainer.lessons.proving import Trial

_WORD = re.compile(r"[^\W\d][\w$]*")


def gone(lessons: Iterable[Lesson], files: Mapping[str, str]) -> Iterator[Trial]:
    """A trial of each such lesson, which says so. It holds at no hole, so that no other trial would
    ever take it out of the book. `files`: path → text."""
    known = tuple(lessons)
    words = {word for text in files.values() if known for word in _WORD.findall(text)}
    for lesson in known:
        if not _stands(lesson.scope, words, files):
            yield Trial(lesson, holes=0, chance=1.0, is_gone=True)


def _stands(scope: Scope, words: set[str], files: Mapping[str, str]) -> bool:
    if scope.path and not any(path.startswith(scope.path + "/") for path in files):
        return False
    if scope.callee and _last_name(scope.callee) not in words:
        return False
    # A wrong answer may have named what never was there; the right one's name is.
    return not scope.names or any(first_name(name) in words for name in scope.names)


def _last_name(dotted: str) -> str:
    return dotted.replace("::", ".").rpartition(".")[2]
