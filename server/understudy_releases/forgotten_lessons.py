"""Which lessons of a repository somebody has deleted, as its nights keep it.

The trainer writes the book of lessons; the gateway reads of it what must not be said any more, so
that deleting a lesson takes effect at once, whatever release is served or comes back.
"""

import hashlib
from pathlib import Path

import msgspec

from understudy_protocol.errors import UnderstudyError

BOOK = "lessons"
"""File in the folder of a repository's nights: a digest, and behind it the book in JSON."""
DIGEST_BYTES = 32


class _Book(msgspec.Struct, frozen=True):
    """What of it is of interest here; lessons are not decoded."""

    forgotten: frozenset[str] = frozenset()


def book_beside(release_folder: Path) -> Path:
    """The book of the repository whose release lies in that folder."""
    repository = release_folder.parent
    return repository.parent.parent / "nights" / repository.name / BOOK


def forgotten_lessons(book: Path) -> frozenset[str]:
    """Ids of those that were deleted by hand; none without a book.

    Raises UnderstudyError if the book cannot be read.
    """
    try:
        data = book.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return frozenset()
    except OSError as error:
        raise _damaged(book, error.strerror or str(error)) from error
    content = data[DIGEST_BYTES:]
    if hashlib.blake2b(content, digest_size=DIGEST_BYTES).digest() != data[:DIGEST_BYTES]:
        raise _damaged(book, "its bytes are not those that were written")
    try:
        return msgspec.json.decode(content, type=_Book).forgotten
    except msgspec.DecodeError as error:
        raise _damaged(book, str(error)) from error


def _damaged(book: Path, problem: str) -> UnderstudyError:
    return UnderstudyError(
        f"Which lessons were deleted cannot be read in {book}: {problem}.",
        "Put the file back from a backup, or delete it: nights then learn anew, also what you had"
        " deleted.",
    )
