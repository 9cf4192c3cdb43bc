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
from understudy_server.secret_search import Find, find_secrets
from understudy_server.secret_span import REDACTED, Secret, merged

UNEXAMINED = "Unexamined Text"
"""The kind that stands for a text whose examination failed."""

CONTEXT = 1_000
"""Characters on either side of the cursor in which a secret that stands across it is looked for."""

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
    event: Event, completion: Completion | None, *, find: Find = find_secrets
) -> tuple[Event, list[str]]:
    """The same for an event; `completion` is the one it refers to, if it is known."""
    kinds: list[str] = []
    match event:
        case Ignored():
            typed = _replace_in_place(event.typed, completion, find, kinds)
            return msgspec.structs.replace(event, typed=typed), kinds
        case Replaced():
            text = _replace_in_place(event.text, completion, find, kinds)
            return msgspec.structs.replace(event, text=text), kinds
        case _:
            return event, kinds


def _replace_in_place(
    text: str, completion: Completion | None, find: Find, kinds: list[str]
) -> str:
    before = completion.prefix[-CONTEXT:] if completion else ""
    after = completion.suffix[:CONTEXT] if completion else ""
    path = completion.path if completion else ""
    _, secrets, _ = _secrets_of_parts((before, text, after), path, find)
    return _replace(text, secrets, kinds)


def _secrets_of_parts(parts: Sequence[str], path: str, find: Find) -> list[list[Secret]]:
    """The secrets of the text that the parts make together, by part."""
    try:
        secrets = find("".join(parts), path)
    except Exception:
        _log.exception("A text could not be examined for secrets; all of it is left out.")
        return [[Secret(0, len(part), UNEXAMINED)] for part in parts]
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
    pieces: list[str] = []
    done = 0
    for secret in merged(secrets):
        pieces += text[done : secret.start], f"{REDACTED}{secret.kind}]"
        kinds.append(secret.kind)
        done = secret.end
    return "".join((*pieces, text[done:]))
