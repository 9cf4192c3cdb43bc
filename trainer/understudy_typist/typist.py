"""A person who types a text, and takes a suggestion when it is what they were about to type.

They press the keys that are on their way already; once a suggestion that is right has stood for
`NOTICE_S`, they take it. One that is wrong costs them no time.
"""

import asyncio
import re
from collections.abc import Callable
from typing import Protocol

import msgspec

from understudy_typist.editor import Ghost
from understudy_typist.keys import first_key

NOTICE_S = 0.3
"""From a change on the screen to a key: simple visual reactions take 0.23 s (Woods et al. 2015),
and what is there has to be told from what was expected."""
LEAST = 3
"""Characters that are worth a key of their own."""

_WORD = re.compile(r"\s*(?:\w+|[^\w\s]+)")
_LINE = re.compile(r"\n?[^\n]+|\n")


class Desk(Protocol):
    """An editor with its language server."""

    def edit(self, start: int, end: int, inserted: str) -> None: ...

    def ask(self, offset: int) -> asyncio.Future[Ghost | None]:
        """As an editor asks by itself after a key, in the place of what it asked before."""
        ...

    def accepted(self, ghost: Ghost) -> None:
        """The ghost text has been put in whole."""
        ...

    def partially_accepted(self, ghost: Ghost, text: str) -> None:
        """The beginning of it has been put in."""
        ...

    def now(self) -> float:
        """Seconds, by the clock that this person lives by."""
        ...

    async def wait(self, asked: asyncio.Future[Ghost | None], until: float) -> None:
        """Returns when the answer is here, or when it is `until`."""
        ...


class Pauses(Protocol):
    """Seconds before the key that follows the text `before`."""

    def before_key(self, before: str) -> float: ...

    def after_accepting(self, before: str) -> float: ...


Taking = tuple[str, ...]
"""What of a suggestion is right, as it is put in: at once, or line by line, or word by word; a key
for each."""


def whole(ghost: str, left: str) -> Taking:
    """All of it or nothing."""
    return (ghost,) if len(ghost.strip()) >= LEAST and left.startswith(ghost) else ()


def in_parts(ghost: str, left: str) -> Taking:
    """All of it, or as far as it is right."""
    if taking := whole(ghost, left):
        return taking
    right = _common(ghost, left)
    last = ghost.rfind("\n", 1, right)
    if last > 0 and len(ghost[:last].strip()) >= LEAST:
        return tuple(_LINE.findall(ghost[:last]))
    words: list[str] = []
    for match in _WORD.finditer(ghost):
        # A word that goes on otherwise is not the same word.
        if match.end() > right or _inside_word(left, match.end()):
            break
        words.append(match.group())
    return tuple(words) if len("".join(words).strip()) >= LEAST * max(len(words), 1) else ()


class Seen(msgspec.Struct):
    """A suggestion that stood on the screen."""

    ghost: Ghost
    at: int
    """Characters of the text that had been written when it came."""
    since: float
    dwell_s: float = 0.0
    taken: int = 0
    """Characters."""
    waited_s: float = 0.0
    """From the key before it to its coming."""
    completions: set[str] = msgspec.field(default_factory=set[str])
    """Ids of all that said the same at that place, one after another."""


class Tally(msgspec.Struct):
    keys: int = 0
    """All that were pressed, those for accepting among them."""
    accepts: int = 0
    characters: int = 0
    """Accepted."""
    seen: list[Seen] = msgspec.field(default_factory=list[Seen])


async def type_text(
    desk: Desk,
    text: str,
    *,
    offset: int,
    before: str,
    pauses: Pauses,
    tally: Tally,
    takes: Callable[[str, str], Taking] = whole,
) -> None:
    """Types `text` at `offset`; `before` is what stands before it. Adds to the tally."""
    screen = Screen(text, takes, tally.seen)
    asked, pressed = desk.ask(offset), desk.now()
    due = pressed + pauses.before_key(before + "\n")
    while screen.left:
        written = len(text) - len(screen.left)
        at = offset + written
        if await _accepts(desk, screen, asked, pressed=pressed, due=due):
            ghost, taking = screen.ghost, screen.taking
            assert ghost is not None
            put_in, pause = "".join(taking), pauses.after_accepting
            for part in taking:
                desk.edit(at, at, part)
                at += len(part)
                if part == ghost.text:
                    desk.accepted(ghost)
                else:
                    desk.partially_accepted(ghost, part)
                ghost = ghost.after(part)
            screen.take(put_in, desk.now())
            tally.keys += len(taking)
            tally.accepts += 1
            tally.characters += len(put_in)
        else:
            put_in, pause = first_key(screen.left), pauses.before_key
            desk.edit(at, at, put_in)
            at += len(put_in)
            tally.keys += 1
            screen.type(put_in, desk.now())
        pressed = desk.now()
        due = pressed + pause(before + text[: len(text) - len(screen.left)])
        asked = desk.ask(at)
    screen.clear(desk.now())


class Screen:
    """The ghost text at the cursor, beside what is still to be typed."""

    def __init__(self, text: str, takes: Callable[[str, str], Taking], seen: list[Seen]) -> None:
        self.left = text
        self.ghost: Ghost | None = None
        self.taking: Taking = ()
        """What of it is right."""
        self.right_since: float | None = None
        self._length = len(text)
        self._takes = takes
        self._seen = seen
        self._current: Seen | None = None

    def show(self, ghost: Ghost | None, now: float, *, waited_s: float = 0.0) -> None:
        """What the language server answered last."""
        current = self._current
        same = current is not None and ghost is not None and self._goes_on(current, ghost)
        if not same:
            self._leave(now)
        if ghost is not None and self._current is None:
            at = self._length - len(self.left)
            self._current = Seen(ghost, at=at, since=now, waited_s=waited_s)
            self._seen.append(self._current)
        if self._current is not None and ghost is not None and ghost.completion:
            self._current.completions.add(ghost.completion)
        self.ghost = ghost
        self.taking = self._takes(ghost.text, self.left) if ghost else ()
        if not self.taking:
            self.right_since = None
        elif self.right_since is None:
            self.right_since = now

    def type(self, text: str, now: float) -> None:
        """Editors keep showing the rest of a ghost text as long as the keys agree with it."""
        self._move(text, now)

    def take(self, text: str, now: float) -> None:
        assert self._current is not None
        self._current.taken += len(text)
        self._move(text, now)

    def clear(self, now: float) -> None:
        self.show(None, now)

    def _move(self, text: str, now: float) -> None:
        self.left = self.left[len(text) :]
        ghost = self.ghost
        if ghost is not None and ghost.text.startswith(text) and ghost.text != text:
            self.show(ghost.after(text), now)
        else:
            self.show(None, now)

    def _goes_on(self, current: Seen, ghost: Ghost) -> bool:
        """Whether it is the one that stands there already, as far as it has been typed or taken."""
        written = self._length - len(self.left) - current.at
        rest = current.ghost.text[written:]
        return bool(rest) and (ghost.text == rest or ghost.text.startswith(rest))

    def _leave(self, now: float) -> None:
        if self._current is not None:
            self._current.dwell_s = now - self._current.since
            self._current = None


async def _accepts(
    desk: Desk,
    screen: Screen,
    asked: asyncio.Future[Ghost | None],
    *,
    pressed: float,
    due: float,
) -> bool:
    """Waits for the time to take what is there (True) or for the next key's (False), and watches
    the screen meanwhile."""
    heard = False
    while True:
        taken_at = None if screen.right_since is None else screen.right_since + NOTICE_S
        until = due if taken_at is None else min(due, taken_at)
        now = desk.now()
        if now >= until:
            return taken_at is not None and taken_at <= due
        await desk.wait(asked, until)
        if not heard and asked.done():
            heard = True
            screen.show(asked.result(), desk.now(), waited_s=desk.now() - pressed)


def _common(one: str, two: str) -> int:
    length = 0
    for first, second in zip(one, two, strict=False):
        if first != second:
            break
        length += 1
    return length


def _inside_word(text: str, at: int) -> bool:
    return 0 < at < len(text) and text[at - 1].isalnum() and text[at].isalnum()
