"""Every secret in a text, in time linear in its length.

Tokens of providers are found by the patterns of detect-secrets (`secret_tokens`). Its scanner is not
used: it reads settings that all threads share, and reports no positions. Nothing here reaches for
the network.
"""

from collections.abc import Callable, Iterator

from understudy_server.secret_assignments import assigned_secrets
from understudy_server.secret_keys import private_keys
from understudy_server.secret_span import Secret, merged
from understudy_server.secret_tokens import json_web_tokens, provider_tokens

Find = Callable[[str, str], list[Secret]]
"""From a text and the path of its file to its secrets, in order and without overlap."""

STRETCH = 2_000
"""Characters examined at a time: it bounds patterns that take time in the square of their text, and
how long the interpreter lock is held, which the gateway's loop needs."""

OVERLAP = 450
"""Characters that two stretches of one long line share; longer than any secret that is found so."""


def find_secrets(text: str, path: str) -> list[Secret]:
    found = [*private_keys(text), *json_web_tokens(text)]
    for start, end in _stretches(text):
        stretch = text[start:end]
        for secret in (*provider_tokens(stretch), *assigned_secrets(stretch, path)):
            found.append(Secret(start + secret.start, start + secret.end, secret.kind))
    return merged(found)


def _stretches(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    while start < len(text):
        end = start + STRETCH
        if end >= len(text):
            yield start, len(text)
            return
        newline = text.rfind("\n", start, end)
        if newline >= start + OVERLAP:
            yield start, newline + 1
            start = newline + 1
        else:
            yield start, end
            start = end - OVERLAP
