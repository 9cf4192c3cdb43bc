"""Which repository a folder belongs to, and when a commit is made in it.

Identity is what git says (root commit and remote), so a clone, a worktree and a colleague's
checkout are one repository, a submodule is its own, and a folder without git is itself. A shallow
clone does not know its root commit and goes by its remote alone.
"""

import contextlib
import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from understudy_protocol.repository import Repository, RepositoryId, repository_id

if TYPE_CHECKING:
    import git

GIT_S = 60
"""After which git is not waited for; it walks a million commits in about ten seconds."""

REFLOG_TAIL = 4096
"""Bytes in which the last line of a reflog is looked for."""

_log = logging.getLogger(__name__)


class Found(msgspec.Struct, frozen=True):
    id: RepositoryId
    root: Path
    """Paths of files are relative to it."""
    git_folder: Path | None = None
    """Of this worktree, where its HEAD is; None without git."""
    common_folder: Path | None = None
    """Where the branches are: the same, but for a worktree."""


def find_repository(folder: Path) -> Found:
    """The repository that `folder` is in. Runs git twice, and raises nothing."""
    folder = folder.absolute()
    try:
        import git  # takes a tenth of a second, and raises ImportError where git is not installed

        try:
            # An environment variable in the name of a folder is a name, not a variable.
            with git.Repo(folder, search_parent_directories=True, expand_vars=False) as repository:
                if repository.working_tree_dir is not None:
                    return _found(repository)
        except (git.GitError, OSError, ValueError) as error:
            _log.debug("a folder is taken to be without git: %s", type(error).__name__)
    except ImportError:
        _log.warning("git is not installed; each folder is its own repository")
    return Found(id=repository_id(Repository(folder=str(folder))), root=folder)


class Head:
    """Tells when a commit is made, from what git leaves in its files: no process is started."""

    def __init__(self, found: Found) -> None:
        self._found = found
        self._ref = ""
        """The branch that HEAD names."""
        self._marks = self._stat()
        self._commit = self._read()

    def committed(self) -> bool:
        """Whether HEAD has moved through a commit since this was asked last, and not by checking
        out another one. Three calls of `stat` when nothing has happened."""
        marks = self._stat()
        if marks == self._marks:
            return False
        before, self._commit = self._commit, self._read()
        self._marks = self._stat()
        return self._commit not in (None, before) and self._last_action() in (None, "commit")

    def _stat(self) -> list[tuple[int, int, int] | None]:
        git_folder, common = self._found.git_folder, self._found.common_folder
        if git_folder is None or common is None:
            return []
        return [_mark(path) for path in (git_folder / "HEAD", *self._places(common))]

    def _read(self) -> str | None:
        git_folder, common = self._found.git_folder, self._found.common_folder
        if git_folder is None or common is None:
            return None
        head = _text(git_folder / "HEAD").strip()
        self._ref = head.removeprefix("ref: ") if head.startswith("ref: ") else ""
        if not self._ref:
            return head or None
        loose, packed = self._places(common)
        return _text(loose).strip() or _packed(_text(packed), self._ref)

    def _places(self, common: Path) -> tuple[Path, Path]:
        return common / (self._ref or "HEAD"), common / "packed-refs"

    def _last_action(self) -> str | None:
        """The first word git gave for moving HEAD, such as `commit` or `checkout`; None if it keeps
        no record."""
        git_folder = self._found.git_folder
        if git_folder is None:
            return None
        with contextlib.suppress(OSError), open(git_folder / "logs" / "HEAD", "rb") as reflog:
            reflog.seek(0, os.SEEK_END)
            reflog.seek(max(0, reflog.tell() - REFLOG_TAIL))
            lines = reflog.read().splitlines()
            if lines:
                # What was done stands after a tab: `commit (amend): its message`.
                action = lines[-1].partition(b"\t")[2].partition(b":")[0].split()
                return action[0].decode("ascii", "replace") if action else None
        return None


def _found(repository: "git.Repo") -> Found:
    root = str(repository.working_tree_dir)
    git_folder, common = Path(repository.git_dir), Path(repository.common_dir)
    # Whoever starts an editor from a git hook has these set to another repository, and git would
    # believe them. A partial clone must not fetch, nor anything ask for a password.
    repository.git.update_environment(
        GIT_DIR=str(git_folder),
        GIT_COMMON_DIR=str(common),
        GIT_OBJECT_DIRECTORY=str(common / "objects"),
        GIT_WORK_TREE=root,
        GIT_NO_LAZY_FETCH="1",
        GIT_ALLOW_PROTOCOL="",  # the same for git before 2.39.4: no way of fetching is allowed
        GIT_TERMINAL_PROMPT="0",
    )
    identity = Repository(
        root_commit=None if (common / "shallow").exists() else _root_commit(repository),
        remote=_remote(repository),
        folder=root,
    )
    return Found(repository_id(identity), Path(root), git_folder, common)


def _root_commit(repository: "git.Repo") -> str | None:
    """The oldest commit without parents; None before the first commit."""
    lines = _ask(repository, "rev-list", "--max-parents=0", "--timestamp", "HEAD").splitlines()
    roots = [line.split() for line in lines]
    oldest = min(((int(time), commit) for time, commit in roots), default=None)
    return None if oldest is None else oldest[1]


def _remote(repository: "git.Repo") -> str | None:
    """As it stands in the configuration: rewriting it (`insteadOf`) is each person's own affair."""
    lines = _ask(repository, "config", "--get-regexp", r"^remote\..*\.url$").splitlines()
    urls: dict[str, str] = {}
    for line in lines:
        name, _, url = line.partition(" ")
        urls.setdefault(name, url)
    return urls.get("remote.origin.url") or (next(iter(urls.values())) if len(urls) == 1 else None)


def _ask(repository: "git.Repo", *command: str) -> str:
    """What git prints; nothing if it fails."""
    status, printed, _ = repository.git.execute(
        ["git", *command],
        with_extended_output=True,
        with_exceptions=False,
        kill_after_timeout=GIT_S,
    )
    return str(printed) if status == 0 else ""


def _packed(packed: str, name: str) -> str | None:
    for line in packed.splitlines():
        commit, _, ref = line.partition(" ")
        if ref == name:
            return commit
    return None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return ""


def _mark(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
