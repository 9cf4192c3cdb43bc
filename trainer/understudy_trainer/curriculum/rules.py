"""Which paths of a repository are ignored: by the ignore files of the commit that is learned, and
by those that lie in the working tree now. Whoever ignores a file today wants no old state of it
learned.
"""

import os
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import git

from understudy_protocol.ignore import NOTHING, Patterns, ignored, is_bulk, patterns_of

Ignored = Callable[[str], bool]
"""Whether the file at a path may not be learned from."""

MAX_IGNORE_FILE = 1 << 20
"""Bytes. A longer one on disk ignores everything beside it."""

_EVERYTHING = "*"


def ignored_in(repository: git.Repo, ignore_files: Mapping[str, str]) -> Ignored:
    """`ignore_files`: path → text, as the commit has them."""
    private = private_in(repository, ignore_files)
    return lambda path: is_bulk(path) or private(path)


def private_in(repository: git.Repo, ignore_files: Mapping[str, str]) -> Ignored:
    """The same without what is left out only because there is nothing to learn in it, as data."""
    root = Path(str(repository.working_tree_dir))
    beside_git = [_text(path) for path in _excludes(repository, root)]

    @cache
    def git_at_commit(folder: str) -> Patterns:
        return _patterns(ignore_files.get(_join(folder, ".gitignore"), ""))

    @cache
    def ours_at_commit(folder: str) -> Patterns:
        return _patterns(ignore_files.get(_join(folder, ".understudyignore"), ""))

    @cache
    def git_on_disk(folder: str) -> Patterns:
        own = _text(root / folder / ".gitignore")
        return _patterns(own) if folder else _patterns(*beside_git, own)

    @cache
    def ours_on_disk(folder: str) -> Patterns:
        return _patterns(_text(root / folder / ".understudyignore"))

    kinds = (git_at_commit, ours_at_commit, git_on_disk, ours_on_disk)
    return lambda path: ignored(path, *kinds)


def _patterns(*texts: str) -> Patterns:
    return patterns_of(*texts) if any(texts) else NOTHING


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def _text(path: Path) -> str:
    """Of an ignore file on disk; one that cannot be read ignores everything."""
    try:
        if not path.is_file():
            return ""
        with path.open("rb") as opened:
            content = opened.read(MAX_IGNORE_FILE + 1)
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except OSError:
        return _EVERYTHING
    if len(content) > MAX_IGNORE_FILE:
        return _EVERYTHING
    return content.decode("utf-8", "surrogateescape")


def _excludes(repository: git.Repo, root: Path) -> list[Path]:
    """Ignore files of git's that stand in no tree: this person's, and this repository's."""
    config = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
    person = _answer(repository, "config", "--path", "--get", "core.excludesFile")
    exclude = _answer(repository, "rev-parse", "--git-path", "info/exclude")
    own = Path(person) if person else Path(config) / "git" / "ignore"
    return [own, *([root / exclude] if exclude else [])]


def _answer(repository: git.Repo, *command: str) -> str:
    _, printed, _ = repository.git.execute(
        ["git", *command], with_extended_output=True, with_exceptions=False
    )
    return str(printed).strip()
