"""What a release holds besides its adapter, for whoever answers with it."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import msgspec

from understudy_protocol.errors import ReleaseError
from understudy_protocol.lesson import LESSONS_FILE, decode_lessons
from understudy_protocol.lesson_index import LessonIndex, index_of
from understudy_protocol.outcome import OUTCOME_FILE, OutcomeModel, decode_outcome
from understudy_releases.releases import open_regular, unreadable

LARGEST = 8 << 20
"""Bytes of one file of what was learned. It is read whole, and nights write far less."""

T = TypeVar("T")

log = logging.getLogger(__name__)


class Learned(msgspec.Struct, frozen=True):
    lessons: LessonIndex = LessonIndex()
    outcome: OutcomeModel | None = None
    """What it knows of suggestions that are not taken."""


def read_learned(release_folder: Path) -> Learned:
    """Never raises: an adapter is worth serving without the rest, so what cannot be read is logged
    and left out."""
    return Learned(
        lessons=index_of(_read(release_folder / LESSONS_FILE, decode_lessons, "lessons") or ()),
        outcome=_read(release_folder / OUTCOME_FILE, decode_outcome, "its outcome model"),
    )


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
