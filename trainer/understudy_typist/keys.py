"""The keys that type a text."""

import re
from collections.abc import Iterator

_KEY = re.compile(r"\n[ \t]*|.", re.DOTALL)


def first_key(text: str) -> str:
    """What the first key puts in. Enter brings the line's indentation with it, as editors do, and
    Backspace is not needed then; brackets do not close themselves."""
    match = _KEY.match(text)
    assert match is not None
    return match.group()


def keys_of(text: str) -> Iterator[str]:
    while text:
        key = first_key(text)
        yield key
        text = text[len(key) :]
