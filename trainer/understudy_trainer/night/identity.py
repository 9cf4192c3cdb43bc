"""Which repository a folder is a clone of: the id under which its experience and releases are kept.

The language server makes the same id by itself; a test holds the two together.
"""

from pathlib import Path

import git

from understudy_protocol.repository import Repository, RepositoryId, repository_id
from understudy_trainer.repoworld.worlds import opened


def identity(folder: Path) -> RepositoryId:
    """Of the repository that `folder` is in. Raises ConfigError if it is in none."""
    with opened(folder) as repository:
        shallow = (Path(str(repository.common_dir)) / "shallow").exists()
        return repository_id(
            Repository(
                root_commit=None if shallow else _root_commit(repository),
                remote=_remote(repository),
                folder=str(repository.working_tree_dir),
            )
        )


def _root_commit(repository: git.Repo) -> str | None:
    """The oldest commit without parents; None before the first commit."""
    printed = _ask(repository, "rev-list", "--max-parents=0", "--timestamp", "HEAD")
    roots = [line.split() for line in printed.splitlines()]
    oldest = min(((int(time), commit) for time, commit in roots), default=None)
    return None if oldest is None else oldest[1]


def _remote(repository: git.Repo) -> str | None:
    """Of `origin`, or the only one there is."""
    printed = _ask(repository, "config", "--get-regexp", r"^remote\..*\.url$")
    urls: dict[str, str] = {}
    for line in printed.splitlines():
        name, _, url = line.partition(" ")
        urls.setdefault(name, url)
    return urls.get("remote.origin.url") or (next(iter(urls.values())) if len(urls) == 1 else None)


def _ask(repository: git.Repo, *command: str) -> str:
    """What git prints; nothing if it fails."""
    status, printed, _ = repository.git.execute(
        ["git", *command], with_extended_output=True, with_exceptions=False
    )
    return str(printed) if status == 0 else ""
