"""The lessons of a repository on disk: `nights/<repository>/lessons` in the state folder.

A file behind its own digest, replaced whole, so that a kill leaves the old book or the new. A
lesson that somebody deleted stays known by its id: no night learns it again, and the gateway, which
reads the ids in the same file (`understudy_releases.forgotten_lessons`), puts it into no prompt.
"""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import msgspec

from understudy_protocol.errors import NotFound, UnderstudyError
from understudy_protocol.lesson import LESSONS_FILE, Lesson, encode_lessons
from understudy_protocol.repository import RepositoryId
from understudy_releases.durable import locked, replace_file
from understudy_releases.forgotten_lessons import BOOK
from understudy_trainer.learn.whole_file import sealed, unsealed
from understudy_trainer.lessons.merging import merged
from understudy_trainer.lessons.proving import Trial


class LessonsDamaged(UnderstudyError, ValueError):
    code = "lessons"


class Book(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    lessons: tuple[Lesson, ...] = ()
    """In the order in which they were learned first."""
    forgotten: frozenset[str] = frozenset()
    """Ids of those that were deleted by hand."""
    deleted: tuple[Lesson, ...] = ()
    """What they were, for whoever wants one back; of those that an older version deleted nothing is
    left but the id."""


def home_of(state: Path, repository: RepositoryId) -> Path:
    """Where the nights of a repository are kept."""
    return state / "nights" / repository


def read_book(home: Path) -> Book:
    """Empty if nothing was learned yet. Raises LessonsDamaged."""
    path = home / BOOK
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return Book()
    except OSError as error:
        raise _damaged(path, error.strerror or str(error)) from error
    content = unsealed(data)
    if content is None:
        raise _damaged(path, "its bytes are not those that were written")
    try:
        return msgspec.json.decode(content, type=Book)
    except msgspec.DecodeError as error:
        raise _damaged(path, str(error)) from error


def learn(home: Path, lessons: Iterable[Lesson]) -> Book:
    """The book with these lessons, which were kept tonight; done twice, it is done once. What was
    deleted is left out. Raises LessonsDamaged, and UnderstudyError if the disk does not take it."""
    return _changed(home, lambda book: _with(book, lessons))


def review(home: Path, trials: Iterable[Trial]) -> Book:
    """The book after a night's trials, which are of lessons made tonight and of those in the book;
    done twice, it is done once.

    What was proved is learned. What was tried again has tonight's rates, and leaves if it does not
    help any more: the weights may know it by now, or the code has changed. It may come back, other
    than what was deleted. Raises as `learn` does.
    """
    tonight = tuple(trials)
    return _changed(home, lambda book: reviewed(book, tonight))


def reviewed(book: Book, trials: Sequence[Trial]) -> Book:
    """What `review` makes of it, and writes nothing."""
    known = {lesson.id for lesson in book.lessons}
    gone = {trial.lesson.id for trial in trials if not trial.may_stay}
    proved = [
        trial.lesson
        for trial in trials
        if trial.is_kept or (trial.holes and trial.may_stay and trial.lesson.id in known)
    ]
    stay = tuple(lesson for lesson in book.lessons if lesson.id not in gone)
    return _with(msgspec.structs.replace(book, lessons=stay), proved)


def write_lessons(book: Book, folder: Path) -> None:
    """As a file of a release that is being made in `folder`; none if there are no lessons."""
    if book.lessons:
        (folder / LESSONS_FILE).write_bytes(encode_lessons(book.lessons))


def forget(home: Path, id: str) -> Lesson:
    """Deletes a lesson. Its id may be shortened as long as it is clear.

    Raises NotFound, LessonsDamaged, and UnderstudyError if the disk does not take it.
    """
    gone = named(read_book(home).lessons, id)
    _changed(home, lambda book: _without(book, gone.id))
    return gone


def restore(home: Path, id: str) -> Lesson | None:
    """Takes back that a lesson was deleted; its id may be shortened. None if an older version of
    Understudy deleted it and kept the id alone: nights may learn it again, and that is all.

    Raises as `forget` does.
    """
    book = read_book(home)
    if id in book.forgotten and all(lesson.id != id for lesson in book.deleted):
        _changed(home, lambda book: _back(book, id))
        return None
    back = named(book.deleted, id)
    _changed(home, lambda book: _back(book, back.id))
    return back


def named(lessons: Iterable[Lesson], id: str) -> Lesson:
    """The lesson of that id, which may be shortened as long as it is clear. Raises NotFound."""
    found = [lesson for lesson in lessons if id and lesson.id.startswith(id)]
    if len(found) == 1:
        return found[0]
    if found:
        raise NotFound(
            f"{id} is short for {len(found)} lessons: {', '.join(each.id for each in found)}.",
            "Give more of the id.",
        )
    raise NotFound(f"There is no lesson {id!r}.", "`understudy lessons` prints those there are.")


def _with(book: Book, lessons: Iterable[Lesson]) -> Book:
    known = {lesson.id: lesson for lesson in book.lessons}
    for lesson in lessons:
        if lesson.id not in book.forgotten:
            older = known.get(lesson.id)
            known[lesson.id] = lesson if older is None else merged(older, lesson)
    return msgspec.structs.replace(book, lessons=tuple(known.values()))


def _without(book: Book, id: str) -> Book:
    gone = {lesson.id: lesson for lesson in (*book.deleted, *book.lessons) if lesson.id == id}
    return Book(
        lessons=tuple(lesson for lesson in book.lessons if lesson.id != id),
        forgotten=book.forgotten | {id},
        deleted=(*(lesson for lesson in book.deleted if lesson.id != id), *gone.values()),
    )


def _back(book: Book, id: str) -> Book:
    known = Book(
        lessons=book.lessons,
        forgotten=book.forgotten - {id},
        deleted=tuple(lesson for lesson in book.deleted if lesson.id != id),
    )
    return _with(known, [lesson for lesson in book.deleted if lesson.id == id])


def _changed(home: Path, change: Callable[[Book], Book]) -> Book:
    """Read and written under one lock: a night may learn while somebody deletes."""
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        with locked(home):
            before = read_book(home)
            after = change(before)
            if after != before:
                replace_file(home / BOOK, sealed(_encoded(after)))
    except OSError as error:
        raise UnderstudyError(
            f"The lessons in {home} cannot be written: {error.strerror}.",
            "Make room or give access; what was there before still stands.",
        ) from error
    return after


def _encoded(book: Book) -> bytes:
    return msgspec.json.encode(book, order="deterministic")


def _damaged(path: Path, problem: str) -> LessonsDamaged:
    return LessonsDamaged(
        f"The lessons in {path} cannot be read: {problem}.",
        "Put the file back from a backup, or delete it: nights then learn anew, also what you had"
        " deleted.",
    )
