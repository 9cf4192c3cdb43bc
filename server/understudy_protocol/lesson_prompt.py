"""Lessons in a prompt: what is known about the place, for the gateway that asks as for whoever
wants to know what it asks.

They go first, as a stable snippet, and `understudy_protocol.fim` cuts what does not fit. First,
because what is put there stays when the budget is short; and so few, because definitions that they
would push out are worth more than one more sentence.
"""

from collections.abc import Sequence

import msgspec

from understudy_protocol.completion import Snippet
from understudy_protocol.fim import Parts
from understudy_protocol.fim_cut import LEAST_CHARS_PER_TOKEN
from understudy_protocol.lesson import Lesson
from understudy_protocol.lesson_choice import chosen, snippet_of
from understudy_protocol.lesson_index import LessonIndex
from understudy_protocol.spot import spot_of

SHARE = 16
"""Lessons take one token of so many that a prompt may have."""


def lessons_for(parts: Parts, known: LessonIndex, *, language: str, budget: int) -> list[Lesson]:
    """Those to be put into the prompt of these parts: few, short, and new to it. `budget` is in
    tokens of the whole prompt."""
    if not known.lessons:
        return []
    spot = spot_of(parts.prefix, parts.suffix, path=parts.path, language=language)
    room = budget // SHARE * LEAST_CHARS_PER_TOKEN
    told: list[Lesson] = []
    for lesson in chosen(known, spot):
        if len(lesson.heuristic) <= room and not is_said(lesson, parts.snippets):
            room -= len(lesson.heuristic)
            told.append(lesson)
    return told


def with_lessons(parts: Parts, lessons: Sequence[Lesson]) -> Parts:
    """The same parts where the model is told so."""
    snippet = snippet_of([lesson.heuristic for lesson in lessons], path=parts.path)
    if snippet is None:
        return parts
    return msgspec.structs.replace(parts, snippets=(snippet, *parts.snippets))


def is_said(lesson: Lesson, snippets: Sequence[Snippet]) -> bool:
    """Whether these snippets say every line of it."""
    lines = lesson.heuristic.split("\n")
    return all(any(line in snippet.text for snippet in snippets) for line in lines)
