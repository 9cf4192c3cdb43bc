"""What a model was shown, but for the lessons that the gateway put there.

An example without a lesson in its prompt is what a lesson is tried against; and a lesson that
somebody deleted must not come back out of completions that were stored before.
"""

from collections.abc import Iterable, Iterator, Mapping

from understudy_protocol.comments import comment_leader
from understudy_protocol.completion import Snippet


def without_lessons(
    snippets: Iterable[Snippet], *, path: str, files: Mapping[str, str]
) -> Iterator[Snippet]:
    """`path` is the file that was written in; `files` are those of the repository, by path."""
    return (each for each in snippets if not _is_lesson(each, path, files.get(path, "")))


def _is_lesson(snippet: Snippet, path: str, text: str) -> bool:
    """By how `lesson_choice.snippet_of` renders them, because a completion does not say which of
    its snippets they were. A comment at the top of the file itself looks the same, but stands
    there."""
    if snippet.path != path or snippet.start_line != 1 or not snippet.stable:
        return False
    begin = f"{comment_leader(path)} "
    lines = snippet.text.splitlines()
    is_said = bool(lines) and all(line.startswith(begin) for line in lines)
    return is_said and snippet.text.rstrip() not in text
