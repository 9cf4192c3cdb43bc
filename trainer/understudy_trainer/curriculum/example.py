"""One example: a hole with its true text, what was shown around it, and where it is from."""

import hashlib
from functools import cached_property
from typing import Literal

import msgspec

from understudy_protocol.completion import Snippet

Unit = Literal["design", "implementation", "evolution", "runtime", "experience", "lessons"]


class Example(msgspec.Struct, frozen=True, forbid_unknown_fields=True, dict=True):
    unit: Unit
    path: str
    """Relative to the repository's root, with forward slashes."""
    commit: str
    """The newest that any of the text is from."""
    language: str
    """LSP language id."""
    prefix: str
    middle: str
    suffix: str
    snippets: tuple[Snippet, ...] = ()
    hint: str = ""
    """A comment line of the prefix that no file holds; "" if there is none."""
    weight: float = 1.0
    """How much it counts beside others."""

    @cached_property
    def id(self) -> str:
        """16 hexadecimal digits that depend on everything above."""
        return hashlib.sha256(msgspec.json.encode(self, order="deterministic")).hexdigest()[:16]
