"""Which tree-sitter grammar reads a language."""

GRAMMARS: dict[str, str] = {
    "python": "python",
    "typescript": "typescript",
    "typescriptreact": "tsx",
    "javascript": "javascript",
    "javascriptreact": "javascript",
    "go": "go",
    "rust": "rust",
    "java": "java",
    "c": "c",
    "cpp": "cpp",
    "csharp": "csharp",
    "ruby": "ruby",
    "php": "php",
    "kotlin": "kotlin",
    "swift": "swift",
    "scala": "scala",
    "shellscript": "bash",
    "sh": "bash",
    "bash": "bash",
    "sql": "sql",
    "yaml": "yaml",
    "toml": "toml",
    "json": "json",
    "jsonc": "json",
    "markdown": "markdown",
    "html": "html",
    "css": "css",
}
"""LSP language id → name in tree_sitter_language_pack."""

_LATIN = frozenset({"bash", "markdown"})
"""Their scanners look up any character in a table of 256 (`isalpha` of C): beyond that they read
memory that may not be there, and the process dies."""

_MASK = bytes(range(0x80)) + b"x" * 0x80


def readable(source: bytes, *, grammar: str) -> bytes:
    """`source` as the grammar can read it: of the same length, in UTF-8."""
    return source.translate(_MASK) if grammar in _LATIN else source
