"""The languages that the trainer can read as trees."""

import tree_sitter as ts
from tree_sitter_language_pack import get_parser

GRAMMARS = {
    "python": "python",
    "typescript": "typescript",
    "typescriptreact": "tsx",
    "javascript": "javascript",
    "javascriptreact": "javascript",
    "go": "go",
    "rust": "rust",
    "java": "java",
}
"""LSP language id → name in tree_sitter_language_pack, of the languages that have kinds."""


def parser_of(language: str) -> ts.Parser | None:
    """None for a language without a grammar."""
    grammar = GRAMMARS.get(language)
    # pyright takes the names of grammars one by one.
    return get_parser(grammar) if grammar else None  # pyright: ignore[reportArgumentType]
