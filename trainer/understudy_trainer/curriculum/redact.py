"""Secrets are taken out of every text before an example is cut from it: by the same search as in
the gateway's store, and besides whatever looks random, which is nothing to learn from either.
"""

import re
from collections.abc import Callable

from understudy_secrets.search import find_secrets
from understudy_secrets.span import Secret, merged, without

Redact = Callable[[str], str]
"""From a text to the same without its secrets."""

_RANDOM = re.compile(
    r"\b(?=[A-Za-z0-9+/]{0,59}[A-Z])(?=[A-Za-z0-9+/]{0,59}[0-9])[A-Za-z0-9+/]{60,}+={0,2}"
)
"""As base64 has it: keys, certificates, pictures."""


def redacted(text: str) -> str:
    random = (Secret(*match.span(), "Random Text") for match in _RANDOM.finditer(text))
    return without(text, merged([*find_secrets(text, path=""), *random]))
