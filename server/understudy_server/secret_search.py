"""Every secret in a text, in time linear in its length.

Tokens of providers are found by the patterns of detect-secrets (`secret_tokens`). Its scanner is not
used: it reads settings that all threads share, and reports no positions. Nothing here reaches for
the network.
"""

import re
from collections.abc import Callable, Iterator

from understudy_server.secret_assignments import HINT as ASSIGNMENT_HINT
from understudy_server.secret_assignments import assigned_secrets
from understudy_server.secret_keys import private_keys
from understudy_server.secret_span import Secret, merged
from understudy_server.secret_tokens import HINT as TOKEN_HINT
from understudy_server.secret_tokens import json_web_tokens, provider_tokens

Find = Callable[[str, str], list[Secret]]
"""From a text and the path of its file to its secrets, in order and without overlap."""

STRETCH = 2_000
"""Characters of a line examined at a time: it bounds patterns that take time in the square of their
text, and how long the interpreter lock is held, which the gateway's loop needs."""

OVERLAP = 500
"""Characters that two stretches of one long line share; longer than any secret that is found so."""


def find_secrets(text: str, path: str) -> list[Secret]:
    found = [*private_keys(text), *json_web_tokens(text)]
    for start, stretch in _stretches_with(TOKEN_HINT, text):
        found += (_moved(secret, start) for secret in provider_tokens(stretch))
    for start, stretch in _stretches_with(ASSIGNMENT_HINT, text):
        found += (_moved(secret, start) for secret in assigned_secrets(stretch, path))
    return merged(found)


def _stretches_with(hint: re.Pattern[str], text: str) -> Iterator[tuple[int, str]]:
    """Each line in which the hint occurs, cut where it is long, and where it begins."""
    position = 0
    while (match := hint.search(text, position)) is not None:
        start = max(position, text.rfind("\n", position, match.start()) + 1)
        newline = text.find("\n", match.end())
        end = len(text) if newline < 0 else newline
        while end - start > STRETCH:
            yield start, text[start : start + STRETCH]
            start += STRETCH - OVERLAP
        yield start, text[start:end]
        position = end


def _moved(secret: Secret, by: int) -> Secret:
    return Secret(secret.start + by, secret.end + by, secret.kind)
