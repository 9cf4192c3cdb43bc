"""Where in a text a secret is, and of which kind."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

REDACTED = "[redacted:"
"""What stands for a secret begins so; the kind and a bracket follow."""


class Secret(NamedTuple):
    start: int
    end: int
    kind: str


def merged(secrets: Iterable[Secret]) -> list[Secret]:
    """In order and without overlap; where two meet, the kind of the one that begins first stays."""
    apart: list[Secret] = []
    for each in sorted(secrets, key=lambda secret: (secret.start, -secret.end)):
        if apart and each.start < apart[-1].end:
            apart[-1] = apart[-1]._replace(end=max(apart[-1].end, each.end))
        else:
            apart.append(each)
    return apart


def without(text: str, secrets: Sequence[Secret]) -> str:
    """The text with its kind in the place of each secret; they are in order and without overlap."""
    pieces: list[str] = []
    done = 0
    for secret in secrets:
        pieces += text[done : secret.start], f"{REDACTED}{secret.kind}]"
        done = secret.end
    return "".join((*pieces, text[done:]))
