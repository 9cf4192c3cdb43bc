"""Every secret in a text, in time linear in its length.

Tokens of providers are found by the patterns of detect-secrets (`tokens`). Its scanner is
not used: it reads settings that all threads share, and reports no positions. Nothing here reaches
for the network.
"""

from collections.abc import Callable, Iterator

from understudy_secrets.assignments import assigned_secrets, assignment_hints
from understudy_secrets.keys import private_keys
from understudy_secrets.span import Secret, merged
from understudy_secrets.tokens import json_web_tokens, provider_tokens, token_hints

Find = Callable[[str, str], list[Secret]]
"""From a text and the path of its file to its secrets, in order and without overlap."""

STRETCH = 2_000
"""Characters of a line examined at a time: it bounds patterns that take time in the square of their
text, and how long the interpreter lock is held, which the gateway's loop needs."""

OVERLAP = 500
"""Characters that two stretches of one long line share; longer than any secret that is found so."""


def find_secrets(text: str, path: str) -> list[Secret]:
    found = [*private_keys(text), *json_web_tokens(text)]
    for start, stretch in _stretches(text, token_hints(text)):
        found += (_moved(secret, start) for secret in provider_tokens(stretch))
    for start, stretch in _stretches(text, assignment_hints(text)):
        found += (_moved(secret, start) for secret in assigned_secrets(stretch, path))
    return merged(found)


def _stretches(text: str, hints: Iterator[int]) -> Iterator[tuple[int, str]]:
    """Each line with a hint in it, cut where it is long, and where it begins."""
    done = 0
    for hint in hints:
        if hint < done:
            continue
        start = text.rfind("\n", done, hint) + 1 or done
        newline = text.find("\n", hint)
        done = len(text) if newline < 0 else newline
        while done - start > STRETCH:
            yield start, text[start : start + STRETCH]
            start += STRETCH - OVERLAP
        yield start, text[start:done]


def _moved(secret: Secret, by: int) -> Secret:
    return Secret(secret.start + by, secret.end + by, secret.kind)
