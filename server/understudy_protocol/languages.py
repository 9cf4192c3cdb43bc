"""Which language a file is in, by its name."""

from pathlib import PurePosixPath

EXTENSIONS: dict[str, str] = {
    "python": "py pyi pyw",
    "typescript": "ts mts cts",
    "typescriptreact": "tsx",
    "javascript": "js mjs cjs",
    "javascriptreact": "jsx",
    "go": "go",
    "rust": "rs",
    "java": "java",
    "c": "c h",
    "cpp": "cc cpp cxx c++ hh hpp hxx h++ ipp",
    "csharp": "cs",
    "ruby": "rb rake gemspec",
    "php": "php",
    "kotlin": "kt kts",
    "swift": "swift",
    "scala": "scala sc",
    "shellscript": "sh bash zsh",
    "sql": "sql",
    "yaml": "yml yaml",
    "toml": "toml",
    "json": "json",
    "markdown": "md markdown",
    "html": "html htm",
    "css": "css",
}
"""LSP language id → the extensions of its files."""

_LANGUAGES = {
    extension: language
    for language, extensions in EXTENSIONS.items()
    for extension in extensions.split()
}


def language_of(path: str) -> str | None:
    """LSP language id by the extension of `path`; None if it is not one that is known."""
    return _LANGUAGES.get(PurePosixPath(path).suffix.removeprefix(".").lower())
