"""A hole: a place in a file where text is to be completed, with the true text known."""

import hashlib
from functools import cached_property

import msgspec


class Hole(msgspec.Struct, frozen=True, forbid_unknown_fields=True, dict=True):
    """`prefix + middle + suffix` is the whole file, as it was at the end of the task set's time."""

    world: str
    """Name of the repository it was cut from."""
    kind: str
    path: str
    """Relative to the repository's root, with forward slashes."""
    language: str
    """LSP language id."""
    prefix: str
    middle: str
    suffix: str

    @cached_property
    def id(self) -> str:
        """16 hexadecimal digits that depend on everything above."""
        return hashlib.sha256(msgspec.json.encode(self, order="deterministic")).hexdigest()[:16]
