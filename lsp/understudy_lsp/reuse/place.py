"""Where a text belongs: as much of the document on both sides as a model can have seen.

Two cursors are at the same place if nothing differs that could have changed the answer.
"""

import re

import msgspec

from understudy_lsp.snapshot import Snapshot

BEFORE = 4_000
"""Characters before the cursor that have to be the same: what the gateway's usual budget of 1,024
tokens holds of code. What a larger budget lets in from farther away seldom changes an answer."""

AFTER = 2_000
"""The same behind the cursor: a prompt has less than half as much room for it."""

_CLOSERS = re.compile(r"[)\]}>\"'`]{0,8}")
"""What editors close by themselves, as deep as people nest."""


class Place(msgspec.Struct, frozen=True):
    uri: str
    before: str
    """Up to `BEFORE` characters."""
    closers: str
    """Closing brackets and quotes right behind the cursor. They are apart because editors add one
    when its opener is typed, and step over it when it is typed itself."""
    after: str
    """Up to `AFTER` characters behind the closers."""


class Left(msgspec.Struct, frozen=True):
    """What is left of a text when its beginning is in the document already."""

    text: str
    replaces: int = 0
    """Characters behind the cursor that it takes the place of."""


def place_of(snapshot: Snapshot) -> Place:
    closers, after = behind(snapshot)
    return Place(snapshot.uri, before(snapshot, snapshot.offset), closers, after)


def before(snapshot: Snapshot, offset: int) -> str:
    return snapshot.text[max(offset - BEFORE, 0) : offset]


def behind(snapshot: Snapshot) -> tuple[str, str]:
    """The closers behind the cursor, and what follows them."""
    match = _CLOSERS.match(snapshot.text, snapshot.offset)
    end = match.end() if match else snapshot.offset
    return snapshot.text[snapshot.offset : end], snapshot.text[end : end + AFTER]


def stands_at(place: Place, snapshot: Snapshot, start: int) -> bool:
    """Whether the place is at offset `start` still, with nothing but typing behind it."""
    return (
        snapshot.uri == place.uri
        and start <= snapshot.offset
        and before(snapshot, start) == place.before
        and behind(snapshot)[1] == place.after
    )


def typed_since(snapshot: Snapshot, start: int) -> str:
    return snapshot.text[start : snapshot.offset].replace("\r\n", "\n")


def left_of(
    text: str, place: Place, snapshot: Snapshot, *, start: int, replaces: int = 0
) -> Left | None:
    """What is left of `text`, which was to take the place of `replaces` characters behind `place`.

    None if the document has gone another way. Inserting what is left gives the very document that
    inserting all of the text at the place would have given.
    """
    if snapshot.offset - start > len(text) + text.count("\n"):
        return None  # more was typed than its text, with `\r\n` for each `\n`: not worth a copy
    typed = typed_since(snapshot, start)
    if not text.startswith(typed) or not stands_at(place, snapshot, start):
        return None
    closers, rest = behind(snapshot)[0], text[len(typed) :]
    now_replaces = replaces + len(closers) - len(place.closers)
    if now_replaces < 0 or closers[now_replaces:] != place.closers[replaces:]:
        return None
    if not _contains_in_order(rest, closers[:now_replaces]):
        return None  # the editor could not draw it as text that grows around what is there
    return Left(rest, now_replaces)


def _contains_in_order(text: str, characters: str) -> bool:
    there = iter(text)
    return all(character in there for character in characters)
