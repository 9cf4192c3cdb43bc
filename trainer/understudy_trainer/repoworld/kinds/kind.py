"""The table of kinds: `KINDS`, as `kinds.toml` has it."""

from pathlib import Path

import msgspec

OPEN, CLOSE = "⟦", "⟧"
"""Stand around the hole of an example."""

_SAME = {
    "javascript": ("javascript", "javascriptreact", "typescript", "typescriptreact"),
    "typescript": ("typescript", "typescriptreact"),
}
"""Language of an example → the languages that it is written in as well."""


class Kind(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    about: str
    """One line: what is to be written."""
    example: dict[str, str]
    """LSP language id → a file with the hole marked."""
    held_out: bool = False
    """Whether it is one of the five that no training split has."""
    multi_line: bool = False
    """Whether the middle may hold line ends."""

    @property
    def languages(self) -> tuple[str, ...]:
        """LSP language ids in which it exists."""
        return tuple(self.example)


class _Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    about: str
    examples: dict[str, str]
    held_out: bool = False
    multi_line: bool = False


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    kinds: list[_Row]


def _kinds() -> tuple[Kind, ...]:
    text = Path(__file__).with_name("kinds.toml").read_bytes()
    return tuple(_kind(row) for row in msgspec.toml.decode(text, type=_Table).kinds)


def _kind(row: _Row) -> Kind:
    example: dict[str, str] = {}
    for language, text in row.examples.items():
        example.update(dict.fromkeys(_SAME.get(language, (language,)), text))
    return Kind(
        name=row.name,
        about=row.about,
        example=example,
        held_out=row.held_out,
        multi_line=row.multi_line,
    )


KINDS = _kinds()

BY_NAME = {kind.name: kind for kind in KINDS}


def unmarked(example: str) -> tuple[str, int, int]:
    """The text of an example, and from where to where its hole goes."""
    before, _, rest = example.partition(OPEN)
    middle, _, after = rest.partition(CLOSE)
    return before + middle + after, len(before), len(before) + len(middle)
