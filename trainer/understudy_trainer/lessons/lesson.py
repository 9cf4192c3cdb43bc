"""A lesson: what wrong answers had in common, said so that it can stand in a prompt.

MEL (arXiv 2602.10224, equation 5) calls it meta-experience: where answers part, what was wrong with
one, and a heuristic for the next time. There a heuristic names nothing of its problem. Here it may
name what the repository has, because that is what is to be known of a repository; what it may not
do is say the answer (`leak`).
"""

import hashlib
from functools import cached_property
from posixpath import commonpath

import msgspec


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


class Rate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    passed: int = 0
    asked: int = 0

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
    night: int = 0
    """When it was proved, milliseconds since the epoch."""

    @cached_property
    def id(self) -> str:
        """12 hexadecimal digits that depend on what it says and on what it is about.

        Not on evidence, rates and folder: learned again from another file it is the same lesson,
        and one that was forgotten stays forgotten.
        """
        about = (self.heuristic, self.scope.language, self.scope.callee, self.scope.names)
        return hashlib.sha256(msgspec.json.encode(about)).hexdigest()[:12]


def merged(older: Lesson, newer: Lesson) -> Lesson:
    """The same lesson learned twice: the newer one's rates, the evidence of both, and the folder
    that both lie in."""
    evidence = dict.fromkeys((*older.evidence, *newer.evidence))
    paths = older.scope.path, newer.scope.path
    path = commonpath(paths) if all(paths) else ""
    scope = msgspec.structs.replace(newer.scope, path=path)
    return msgspec.structs.replace(newer, scope=scope, evidence=tuple(evidence))
