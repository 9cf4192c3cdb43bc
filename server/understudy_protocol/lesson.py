"""A lesson: what wrong answers had in common, said so that it can stand in a prompt.

MEL (arXiv 2602.10224, equation 5) calls it meta-experience: where answers part, what was wrong with
one, and a heuristic for the next time. There a heuristic names nothing of its problem. Here it may
name what the repository has, because that is what is to be known of a repository; what it may not
do is say the answer.

A release carries the lessons of its repository as `lessons.json` (`Lessons`).
"""

import hashlib
from collections.abc import Iterable
from functools import cached_property
from typing import Annotated

import msgspec

from understudy_protocol.errors import ReleaseError
from understudy_protocol.format_version import check_format_version

LESSONS_FILE = "lessons.json"
"""At the root of a release."""
FORMAT_VERSION = 1

Count = Annotated[int, msgspec.Meta(ge=0, le=1 << 53)]


class Scope(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a lesson holds: all that is set must fit."""

    language: str
    """LSP language id, without `react` at its end."""
    callee: str = ""
    """Among the arguments of this call, or where its first name stands near: `requests.get`."""
    names: tuple[str, ...] = ()
    """Where one of these stands near."""
    path: str = ""
    """In this folder, with forward slashes; "" is the whole repository."""


class Evidence(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A pair of answers that it was made from."""

    hole: str
    """Its id."""
    path: str
    commit: str
    line: Count = 0
    """Where they part, in the file as it was asked, from 1; 0 if an older version made it."""
    node: str = ""
    """The smallest statement around that, as its grammar calls it: MEL's bifurcation point."""


class Rate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    passed: Count = 0
    asked: Count = 0

    @property
    def share(self) -> float | None:
        """None if nothing was asked."""
        return self.passed / self.asked if self.asked else None


class Lesson(msgspec.Struct, frozen=True, forbid_unknown_fields=True, dict=True):
    heuristic: str
    """What is put into a prompt: one to three lines, no comment sign."""
    critique: str
    """What an answer did wrong, for people."""
    scope: Scope
    evidence: tuple[Evidence, ...]
    without: Rate = Rate()
    """How many answers were right without it, and …"""
    informed: Rate = Rate()
    """… with it, in the holes that proved it."""
    night: Count = 0
    """When it was proved, milliseconds since the epoch."""

    @cached_property
    def id(self) -> str:
        """12 hexadecimal digits that depend on what it says and on what it is about.

        Not on evidence, rates and folder: learned again from another file it is the same lesson,
        and one that was forgotten stays forgotten.
        """
        about = (self.heuristic, self.scope.language, self.scope.callee, self.scope.names)
        return hashlib.sha256(msgspec.json.encode(about)).hexdigest()[:12]


class Lessons(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `lessons.json` holds."""

    lessons: tuple[Lesson, ...] = ()
    format_version: int = FORMAT_VERSION


def encode_lessons(lessons: Iterable[Lesson]) -> bytes:
    """The one byte form of these lessons in this order."""
    encoded = msgspec.json.encode(Lessons(tuple(lessons)), order="deterministic")
    return msgspec.json.format(encoded, indent=1) + b"\n"


def decode_lessons(encoded: bytes, where: str) -> tuple[Lesson, ...]:
    """`where` is what the errors call the file. Raises ReleaseError."""
    try:
        check_format_version(
            encoded,
            f"The lesson file {where}",
            read=FORMAT_VERSION,
            remedy="Use the version of Understudy that wrote it, or learn a new release.",
        )
        return msgspec.json.decode(encoded, type=Lessons).lessons
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ReleaseError(
            f"The lessons {where} cannot be read: {error}.",
            "The next night's release has them again, if nothing is wrong with its book.",
        ) from error
