"""Secrets are taken out of completions and events before anything of them is stored.

A secret may stand across the cursor, or be typed after `password = "`. So the prefix, text and
suffix of a completion are examined as the document they make, and what was typed is examined in the
place where it was typed. What cannot be examined is replaced whole.
"""

import logging
from collections.abc import Sequence

import msgspec

from understudy_protocol.completion import Completion
from understudy_protocol.events import Event, Ignored, Replaced
from understudy_secrets.search import Find, find_secrets
from understudy_secrets.span import Secret, merged, without

UNEXAMINED = "Unexamined Text"
"""The kind that stands for a text whose examination failed."""

CONTEXT = 1_000
"""Characters on either side of the cursor in which a secret that stands across it is looked for."""


class Place(msgspec.Struct, frozen=True):
    """Where a completion was asked for; a part of the stored completion."""

    path: str
    prefix: str
    suffix: str


_log = logging.getLogger(__name__)


def redact_completion(
    completion: Completion, *, find: Find = find_secrets
) -> tuple[Completion, list[str]]:
    """The completion without secrets, and the kind of each that was replaced."""
    prefix, text, suffix = completion.prefix, completion.text, completion.suffix
    path = completion.path
    of_prefix, of_text, of_suffix = _secrets_of_parts((prefix, text, suffix), path, find)
    # The suggestion may stand in the middle of a secret that the document holds already.
    start = max(0, len(prefix) - CONTEXT)
    before, after = _secrets_of_parts((prefix[start:], suffix[:CONTEXT]), path, find)
    of_prefix += [Secret(start + s.start, start + s.end, s.kind) for s in before]
    of_suffix += after
    kinds: list[str] = []
    clean = msgspec.structs.replace(
        completion,
        prefix=_replace(prefix, of_prefix, kinds),
        text=_replace(text, of_text, kinds),
        suffix=_replace(suffix, of_suffix, kinds),
        snippets=tuple(
            msgspec.structs.replace(
                each,
                text=_replace(
                    each.text, _secrets_of_parts((each.text,), each.path, find)[0], kinds
                ),
            )
            for each in completion.snippets
        ),
    )
    return clean, kinds


def redact_event(
    event: Event, place: Place | None, *, find: Find = find_secrets
) -> tuple[Event, list[str]]:
    """The same for an event; `place` is that of the completion it refers to, if that is known."""
    kinds: list[str] = []
    match event:
        case Ignored():
            typed = _replace_in_place(event.typed, place, find, kinds)
            return msgspec.structs.replace(event, typed=typed), kinds
        case Replaced():
            text = _replace_in_place(event.text, place, find, kinds)
            return msgspec.structs.replace(event, text=text), kinds
        case _:
            return event, kinds


def _replace_in_place(text: str, place: Place | None, find: Find, kinds: list[str]) -> str:
    before = place.prefix[-CONTEXT:] if place else ""
    after = place.suffix[:CONTEXT] if place else ""
    path = place.path if place else ""
    _, secrets, _ = _secrets_of_parts((before, text, after), path, find)
    return _replace(text, secrets, kinds)


def _secrets_of_parts(parts: Sequence[str], path: str, find: Find) -> list[list[Secret]]:
    """The secrets of the text that the parts make together, by part."""
    try:
        secrets = find("".join(parts), path)
    except Exception as error:
        # Without the traceback and the message, which might quote the text.
        _log.error("Looking for secrets ended in %s; the text is left out.", type(error).__name__)
        return [[Secret(0, len(part), UNEXAMINED)] if part else [] for part in parts]
    by_part: list[list[Secret]] = []
    offset = 0
    for part in parts:
        inside = (
            Secret(max(0, s.start - offset), min(len(part), s.end - offset), s.kind)
            for s in secrets
        )
        by_part.append([secret for secret in inside if secret.start < secret.end])
        offset += len(part)
    return by_part


def _replace(text: str, secrets: Sequence[Secret], kinds: list[str]) -> str:
    apart = merged(secrets)
    kinds += (secret.kind for secret in apart)
    return without(text, apart)
