"""Which tree-sitter grammar reads a language."""

import re

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

DEEPEST = 120
"""Bytes of indentation, bullets and quotes at the beginning of a line of Markdown or YAML. Their
scanners write a level of nesting beyond the 253rd over memory that is not theirs, and the process
dies. A level takes a column of spaces or quotes, or half of one of the four of a tab."""

_TOO_DEEP = {
    "markdown": re.compile(rb"(?<![^\r\n])[ \t>*+\-\d.)]{%d}[^\r\n]*" % (DEEPEST + 1)),
    "yaml": re.compile(rb"(?<![^\r\n])[ \t\-?:]{%d}[^\r\n]*" % (DEEPEST + 1)),
}

MOST_TEMPLATES = 1_000
"""Of Kotlin: its scanner writes the 1,025th string that is begun inside another likewise."""


def readable(source: bytes, *, grammar: str) -> bytes:
    """`source` as the grammar can read it: of the same length, in UTF-8."""
    if grammar in _LATIN:
        source = source.translate(_MASK)
    if (too_deep := _TOO_DEEP.get(grammar)) is not None:
        source = too_deep.sub(lambda line: b"x" * len(line[0]), source)
    if grammar == "kotlin" and source.count(b"${") > MOST_TEMPLATES:
        source = source.replace(b"${", b"xx")
    return source
