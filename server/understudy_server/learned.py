"""What a release holds besides its adapter, for whoever answers with it."""

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec

from understudy_protocol.errors import ReleaseError, UnderstudyError
from understudy_protocol.lesson import LESSONS_FILE, Lesson, decode_lessons
from understudy_protocol.lesson_index import LessonIndex, index_of
from understudy_protocol.outcome import OUTCOME_FILE, OutcomeModel, decode_outcome
from understudy_releases.forgotten_lessons import book_beside, forgotten_lessons
from understudy_releases.releases import open_regular, unreadable

LARGEST = 8 << 20
"""Bytes of one file of what was learned. It is read whole, and nights write far less."""

T = TypeVar("T")

Stamp = tuple[int, int, int]
"""Tells one content of a file from the next: when it was written, inode, size."""

log = logging.getLogger(__name__)


class LessonsLeft:
    """The lessons of a release without those that somebody has deleted since."""

    def __init__(self, known: Sequence[Lesson] = (), book: Path | None = None) -> None:
        self._known = tuple(known)
        self._book = book
        self._stamp: Stamp | None = None
        self._index = index_of(self._known)

    def now(self) -> LessonIndex:
        """Looked up at each request, because what was deleted must not be said once more: that
        takes microseconds, and the book is read only after it has changed."""
        if self._book is None:
            return self._index
        stamp = _stamp(self._book)
        if stamp != self._stamp:
            self._index, self._stamp = index_of(_left(self._known, self._book)), stamp
        return self._index


NO_LESSONS = LessonsLeft()


class Learned(msgspec.Struct, frozen=True):
    left: LessonsLeft = NO_LESSONS
    outcome: OutcomeModel | None = None
    """What it knows of suggestions that are not taken."""

    @property
    def lessons(self) -> LessonIndex:
        return self.left.now()


def read_learned(release_folder: Path) -> Learned:
    """Never raises: an adapter is worth serving without the rest, so what cannot be read is logged
    and left out."""
    known = _read(release_folder / LESSONS_FILE, decode_lessons, "lessons") or ()
    return Learned(
        left=LessonsLeft(known, book_beside(release_folder)) if known else NO_LESSONS,
        outcome=_read(release_folder / OUTCOME_FILE, decode_outcome, "its outcome model"),
    )


def _left(known: Sequence[Lesson], book: Path) -> Sequence[Lesson]:
    try:
        forgotten = forgotten_lessons(book)
    except UnderstudyError as error:
        # Nobody knows which of them were deleted, and a prompt does well without a lesson.
        log.error("No lessons are shown to the model. %s", error)
        return ()
    return [lesson for lesson in known if lesson.id not in forgotten]


def _stamp(path: Path) -> Stamp | None:
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError:
        return (0, 0, 0)  # reading it says what is wrong
    return status.st_mtime_ns, status.st_ino, status.st_size


def _read(path: Path, decode: Callable[[bytes, str], T], what: str) -> T | None:
    try:
        encoded = _bytes(path)
        return None if encoded is None else decode(encoded, str(path))
    except ReleaseError as error:
        log.error("The release %s is served without %s. %s", path.parent.name, what, error)
        return None


def _bytes(path: Path) -> bytes | None:
    """None if there is no such file. Raises ReleaseError."""
    try:
        with open_regular(path) as file:
            encoded = file.read(LARGEST + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise unreadable(path, error) from error
    if len(encoded) > LARGEST:
        raise ReleaseError(
            f"{path} is larger than {LARGEST} bytes.", "Promote a release that a night made."
        )
    return encoded
