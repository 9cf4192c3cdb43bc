"""Files that nobody types, so that neither a hole nor a simulated key is made of them."""

import re
from pathlib import PurePosixPath

LARGEST = 400_000
"""Characters."""

LINE = 5_000
"""Characters that no line has that somebody typed."""
MEAN = 200
"""Characters that lines have on average in no such file."""

HEAD = 20
"""Lines in which a file says that it was generated, in a comment."""

_GENERATED_PATH = re.compile(
    r"(^|/)(_?_?generated(__)?|dist|__snapshots__)/"
    r"|(_pb2(_grpc)?\.pyi?|\.pb\.\w+|[._]generated\.\w+|\.g\.\w+|\.designer\.cs|\.snap|\.map"
    r"|(^|/)(_version|versioneer)\.py)$",
    re.IGNORECASE,
)
_GENERATED_LINE = re.compile(
    r"\s*(#|//|/?\*|--|<!--|;|\"\"\").*("
    r"@generated\b|DO NOT (EDIT|MODIFY)\b|\b[Aa]uto(matically)?[- ]?[Gg]enerated\b"
    r"|\b[Cc]ode generated\b|\b[Ff]ile (is |was )?(machine[- ])?generated\b)"
    r"|\W*[Gg]enerated (by|from|with|using)\b"
)
_VENDORED_PATH = re.compile(
    r"(^|/)(_?vendor(ed|s)?|third[_-]?party|externals?|extern|site-packages|node_modules"
    r"|bower_components|_?bundled)/",
    re.IGNORECASE,
)
_LOCK_FILE = re.compile(
    r"(^|/)([^/]+\.lock(b|file)?|package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.ya?ml|go\.sum"
    r"|packages\.lock\.json|package\.resolved)$",
    re.IGNORECASE,
)
_MINIFIED_PATH = re.compile(r"[.-]min\.\w+$|\.(bundle|umd)\.m?js$", re.IGNORECASE)


def reason_to_leave_out(path: str, text: str) -> str | None:
    """`generated`, `vendored`, `lock file`, `minified`, `too large` or `not text`; None for what
    people type. `path` is relative to the repository's root."""
    name = PurePosixPath(path).as_posix()
    if "\0" in text:
        return "not text"
    if _VENDORED_PATH.search(name):
        return "vendored"
    if _LOCK_FILE.search(name):
        return "lock file"
    if _MINIFIED_PATH.search(name) or _is_minified(text):
        return "minified"
    if _GENERATED_PATH.search(name) or _says_generated(text):
        return "generated"
    return "too large" if len(text) > LARGEST else None


def _says_generated(text: str) -> bool:
    return any(_GENERATED_LINE.match(line) for line in text.split("\n", HEAD)[:HEAD])


def _is_minified(text: str) -> bool:
    lines = text.splitlines()
    if not lines:
        return False
    return max(map(len, lines)) > LINE or (len(text) > 10 * MEAN and len(text) > MEAN * len(lines))
