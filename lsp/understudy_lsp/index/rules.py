"""Which files of a folder may be read, shown and talked about, by the ignore files on disk.

Ignore files are looked at again with every question, so that a new line in one counts at once; one
that cannot be read ignores everything beside it. A folder inside a git repository also obeys the
ignore files above it, and those of git's own that are not in the tree.
"""

import os
import subprocess
from collections import deque
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import msgspec

from understudy_protocol.ignore import (
    NOTHING,
    Patterns,
    PatternsIn,
    bulk,
    excluded,
    ignored,
    is_bulk,
    is_plain,
    patterns_of,
    secrets,
    verdict,
)

MAX_IGNORE_FILE = 1 << 20
"""Bytes. The longest that are kept (GitHub's templates, one after the other) have 60 kB."""

_EVERYTHING = "*"


class FileOnDisk(msgspec.Struct, frozen=True):
    path: str
    size: int
    mtime_ns: int


class Rules:
    """What is ignored in one folder. Paths are relative to it, with forward slashes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._root = _repository_root(folder) or folder
        above = folder.relative_to(self._root).as_posix()
        self._above = "" if above == "." else f"{above}/"
        self._beside_git = _excludes(self._root)
        self._read: dict[tuple[str, ...], tuple[list[tuple[int, int] | None], Patterns]] = {}

    def allowed(self, path: str) -> bool:
        """Whether the file at `path` may be used for anything. A tenth of a millisecond."""
        kinds = (cache(self._git), cache(self._ours))
        return is_plain(path) and not ignored(self._above + path, *kinds)

    def indexed(self, path: str) -> bool:
        """Whether it is also worth an index."""
        return not is_bulk(path) and self.allowed(path)

    def files(self) -> Iterator[FileOnDisk]:
        """Files to be indexed, those near the top first. Symbolic links are not followed, and
        what cannot be read is left out. Raises OSError if the folder itself cannot be."""
        kinds = (cache(self._git), cache(self._ours), secrets, bulk)
        with os.scandir(self.folder):
            pass
        if self._above and excluded(self._above.rstrip("/"), kinds[0], folder=True):
            return
        waiting = deque([""])
        while waiting:
            inside = waiting.popleft()
            for entry in _entries(self.folder / inside):
                path = inside + entry.name
                try:
                    folder = entry.is_dir(follow_symlinks=False)
                    if not folder and not entry.is_file(follow_symlinks=False):
                        continue
                    if not is_plain(entry.name) or self._refused(path, kinds, folder=folder):
                        continue
                    if folder:
                        waiting.append(f"{path}/")
                    else:
                        status = entry.stat(follow_symlinks=False)
                        yield FileOnDisk(path, status.st_size, status.st_mtime_ns)
                except OSError:  # gone since it was listed
                    continue

    def _refused(self, path: str, kinds: tuple[PatternsIn, ...], *, folder: bool) -> bool:
        """Whether `path`, in a folder that is not refused, is."""
        git, ours, *names = kinds
        whole = self._above + path
        small = path.lower()
        return any(verdict(whole, kind, folder=folder) for kind in (git, ours)) or any(
            verdict(small, kind, folder=folder) for kind in names
        )

    def _git(self, directory: str) -> Patterns:
        file = os.path.join(self._root, directory, ".gitignore")
        return self._patterns(file) if directory else self._patterns(*self._beside_git, file)

    def _ours(self, directory: str) -> Patterns:
        return self._patterns(os.path.join(self._root, directory, ".understudyignore"))

    def _patterns(self, *files: str) -> Patterns:
        versions = [_version(file) for file in files]
        known = self._read.get(files)
        if known is None or known[0] != versions:
            texts = [_text(file) for file, version in zip(files, versions, strict=True) if version]
            known = (versions, patterns_of(*texts) if texts else NOTHING)
            self._read[files] = known
        return known[1]


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return []


def _version(file: str) -> tuple[int, int] | None:
    """Changes when the file does; None if there is none."""
    try:
        status = os.stat(file)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError:
        return (0, -1)
    return (status.st_mtime_ns, status.st_size)


def _text(file: str) -> str:
    try:
        with open(file, "rb") as opened:
            content = opened.read(MAX_IGNORE_FILE + 1)
    except (FileNotFoundError, IsADirectoryError):
        return ""
    except OSError:
        return _EVERYTHING
    if len(content) > MAX_IGNORE_FILE:
        return _EVERYTHING
    return content.decode("utf-8", "surrogateescape")


def _repository_root(folder: Path) -> Path | None:
    # Not `Path.exists`, which raises OSError for a name that is too long.
    return next((one for one in (folder, *folder.parents) if os.path.exists(one / ".git")), None)


def _excludes(root: Path) -> tuple[str, ...]:
    """Ignore files of git's that stand in no tree: this person's, and this repository's."""
    try:
        asked = ["git", "-C", os.fspath(root), "rev-parse", "--git-path", "info/exclude"]
        exclude = os.path.join(root, _answer(asked))
        asked = ["git", "-C", os.fspath(root), "config", "--path", "--get", "core.excludesFile"]
        person = _answer(asked) or _person_excludes()
    except (OSError, subprocess.SubprocessError):
        return (_person_excludes(), os.path.join(root, ".git", "info", "exclude"))
    return (person, exclude)


def _answer(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, timeout=5, check=False)
    return os.fsdecode(done.stdout).removesuffix("\n")


def _person_excludes() -> str:
    config = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
    return os.path.join(config, "git", "ignore")
