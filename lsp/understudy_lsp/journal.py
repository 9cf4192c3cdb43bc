"""Why there was a suggestion, or none: the last opportunities, for `understudy explain`.

It holds code, so it stays in memory and in one file of the person's own (`journal.json`), and goes
when they say `understudy forget`.
"""

import os
from collections import deque
from contextlib import suppress
from pathlib import Path

import msgspec

from understudy_protocol.completion import CompletionEnd, LessonTold, Mode
from understudy_protocol.events import Reuse, Source

LENGTH = 50
"""Opportunities: a few minutes of typing."""


class Part(msgspec.Struct, frozen=True):
    """A snippet that went into the prompt."""

    path: str
    line: int
    lines: int
    why: str
    stable: bool


class Opportunity(msgspec.Struct, kw_only=True):
    """One time that the editor asked."""

    repository: str
    path: str
    line: int
    """From 1."""
    before: str
    """The line up to the cursor."""
    at: int
    """Milliseconds since the epoch."""
    mode: Mode | None = None
    place: str = ""
    silence: str = ""
    """Why nothing was shown; empty if something was."""
    shown: str = ""
    source: Source | None = None
    reuse: Reuse | None = None
    parts: tuple[Part, ...] = ()
    completion: str = ""
    """Id of the request that was made; what follows is known once it has ended."""
    lessons: tuple[LessonTold, ...] = ()
    """That the gateway put into the prompt."""
    model: str = ""
    release: str = ""
    took_ms: float | None = None


class Journal:
    def __init__(self, file: Path) -> None:
        self._file = file
        self._mark = file.with_suffix(".forgotten")
        self._marked_at = self._time_of_mark()
        self._entries: deque[Opportunity] = deque(maxlen=LENGTH)
        self._changed = False

    @property
    def entries(self) -> tuple[Opportunity, ...]:
        """Oldest first."""
        return tuple(self._entries)

    def add(self, opportunity: Opportunity) -> None:
        """In the place of the one before it, if the editor only asked again."""
        if self._entries and _same_place(self._entries[-1], opportunity):
            self._entries.pop()
        self._entries.append(opportunity)
        self._changed = True

    def answered(self, end: CompletionEnd) -> None:
        """What only the gateway knew. One request may answer several opportunities."""
        for each in self._entries:
            if each.completion == end.id:
                each.model, each.release = end.model, end.release or ""
                each.lessons = end.lessons
                self._changed = True

    def forget(self, repository: str) -> None:
        kept = [each for each in self._entries if each.repository != repository]
        self._entries = deque(kept, maxlen=LENGTH)
        self._changed = True

    def tell_others(self) -> None:
        """Language servers that run, of other editors too, hold what they would write again. The
        mark names nobody: it was left when somebody last said `understudy forget`. Where it cannot
        be left, they cannot write either, and forgetting goes on."""
        with suppress(OSError):
            self._mark.touch(mode=0o600)

    def told_to_forget(self) -> bool:
        """Whether there is a newer mark than when this was asked last."""
        before, self._marked_at = self._marked_at, self._time_of_mark()
        return self._marked_at != before

    def _time_of_mark(self) -> int:
        try:
            return self._mark.stat().st_mtime_ns
        except OSError:
            return 0

    def encoded(self) -> bytes | None:
        """What `save` should write; None if nothing changed since."""
        if not self._changed:
            return None
        self._changed = False
        return msgspec.json.encode(list(self._entries))

    def save(self, content: bytes) -> None:
        """Blocks on the disk: not for the event loop. A full disk costs the explanation only."""
        draft = self._file.with_suffix(f".{os.getpid()}")
        try:
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as out:
                out.write(content)
            draft.replace(self._file)
        except OSError:
            with suppress(OSError):
                draft.unlink(missing_ok=True)


def read_journal(file: Path) -> list[Opportunity]:
    """What the language server saved last; empty if it has not yet."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=list[Opportunity])
    except (OSError, msgspec.DecodeError):
        return []


def explanation(opportunity: Opportunity) -> str:
    """For people, as Markdown."""
    lines = [
        f"**{opportunity.path}:{opportunity.line}**  `{opportunity.before.strip()}▏`",
        "",
    ]
    if opportunity.silence:
        lines.append(f"Nothing was shown: {opportunity.silence}.")
    else:
        lines.append(f"Shown ({opportunity.source}, {_reused(opportunity.reuse)}):")
        lines += ["", "```", opportunity.shown, "```"]
    if opportunity.mode is not None:
        lines += ["", f"Asked for a {opportunity.mode}, in {opportunity.place}."]
    if opportunity.model:
        release = opportunity.release or "none, the base model"
        lines.append(f"Model {opportunity.model}, release {release}.")
    if opportunity.took_ms is not None:
        lines.append(f"Took {opportunity.took_ms:.0f} ms.")
    if opportunity.parts:
        lines += ["", "What the model was given besides this file:", ""]
        lines += [
            f"- {part.path}:{part.line} ({part.lines} lines{', stable' if part.stable else ''}): "
            f"{part.why}"
            for part in opportunity.parts
        ]
    if opportunity.lessons:
        lines += ["", "Lessons that it was given (`understudy lessons` says where from):", ""]
        lines += [f"- {lesson.text} ({lesson.id})" for lesson in opportunity.lessons]
    return "\n".join(lines)


def _same_place(one: Opportunity, other: Opportunity) -> bool:
    return (one.path, one.line, one.before) == (other.path, other.line, other.before)


def _reused(reuse: Reuse | None) -> str:
    return "asked for here" if reuse in (None, Reuse.NONE) else f"reused: {reuse}"
