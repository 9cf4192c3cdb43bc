"""Holes for the demo: places in real files where somebody would pause and wait for a suggestion."""

import random
import re
import subprocess
from pathlib import Path

import msgspec

from understudy_protocol.completion import Mode
from understudy_protocol.errors import ConfigError

_PAUSE = re.compile(r"(?:\(|\[|\.|, | = |return |import |: )(?=\S)")
_LANGUAGES = {".py": "python", ".ts": "typescript", ".js": "javascript"}
MAX_FILE_BYTES = 200_000


class Hole(msgspec.Struct, frozen=True):
    path: str
    """Relative to the folder, with forward slashes."""
    line: int
    """From 1."""
    language: str
    prefix: str
    suffix: str
    middle: str
    """What really stands there."""
    mode: Mode


def find_holes(folder: Path, count: int, seed: int) -> list[Hole]:
    """`count` holes, each in another file while there are enough; the same for the same seed.

    Raises ConfigError if the folder has no source that can be used.
    """
    generator = random.Random(seed)
    files = sorted(_sources(folder))
    generator.shuffle(files)
    holes: list[Hole] = []
    for turn in range(4):
        for file in files:
            if len(holes) == count:
                return holes
            mode = Mode.BLOCK if len(holes) % 4 == 3 else Mode.LINE
            hole = _hole(folder, file, mode, generator)
            if hole is not None and all((hole.path, hole.line) != (h.path, h.line) for h in holes):
                holes.append(hole)
        if turn == 0 and not holes:
            break
    if not holes:
        raise ConfigError(
            f"{folder} has no Python, TypeScript or JavaScript files to complete holes of.",
            "Name a folder with source code: `understudy demo PATH`.",
        )
    return holes


def _sources(folder: Path) -> list[Path]:
    """What git tracks, or everything where there is no git; no links, nothing large."""
    listed = subprocess.run(
        ["git", "-C", str(folder), "ls-files", "-z"], capture_output=True, check=False
    )
    if listed.returncode == 0:
        names = [name.decode("utf-8", "surrogateescape") for name in listed.stdout.split(b"\0")]
        files = [folder / name for name in names if name]
    else:
        files = list(folder.rglob("*"))
    return [
        file
        for file in files
        if file.suffix in _LANGUAGES
        and file.is_file()
        and not file.is_symlink()
        and file.stat().st_size <= MAX_FILE_BYTES
    ]


def _hole(folder: Path, file: Path, mode: Mode, generator: random.Random) -> Hole | None:
    try:
        text = file.read_text(encoding="utf-8")
    except (UnicodeDecodeError, OSError):
        return None
    lines = text.split("\n")
    places = _block_places(lines) if mode is Mode.BLOCK else _line_places(lines)
    if not places:
        return None
    line, column, end = generator.choice(places)
    before = "\n".join([*lines[:line], lines[line][:column]])
    middle = "\n".join([lines[line][column:], *lines[line + 1 : end]])
    return Hole(
        path=file.relative_to(folder).as_posix(),
        line=line + 1,
        language=_LANGUAGES[file.suffix],
        prefix=before,
        suffix=text[len(before) + len(middle) :],
        middle=middle,
        mode=mode,
    )


def _line_places(lines: list[str]) -> list[tuple[int, int, int]]:
    """Line, column and end line of places from which the rest of a line of code is missing."""
    return [
        (number, match.end(), number + 1)
        for number, line in enumerate(lines)
        if 8 <= len(line) <= 100
        and number > 3
        and not line.lstrip().startswith(("#", "//", "*", '"'))
        for match in _PAUSE.finditer(line)
        if len(line) - match.end() >= 3
    ]


def _block_places(lines: list[str]) -> list[tuple[int, int, int]]:
    """Ends of lines that open a body of two to five lines."""
    places: list[tuple[int, int, int]] = []
    for number, line in enumerate(lines):
        if number < 4 or not line.rstrip().endswith((":", "{")) or line.rstrip() != line:
            continue
        end = number + 1
        while end < len(lines) and lines[end].strip() and _indent(lines[end]) > _indent(line):
            end += 1
        if 3 <= end - number <= 6:
            places.append((number, len(line), end))
    return places


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
