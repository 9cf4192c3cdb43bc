"""A world: a git repository whose past is learned from and whose future is asked for.

Any repository will do: a shallow clone, a worktree, a detached HEAD. What counts as its history is
the first parents of HEAD, oldest first: what was merged came in with the merge.
"""

import contextlib
from collections.abc import Generator
from pathlib import Path

import git
import msgspec

from understudy_protocol.errors import ConfigError


class World(msgspec.Struct, frozen=True):
    name: str
    folder: Path
    """Root of its working tree."""
    held_out: bool
    """Whether it is in nobody's training data."""


class Commit(msgspec.Struct, frozen=True):
    id: str
    at: int
    """When it was committed: seconds since the epoch."""


def open_world(path: Path) -> World:
    """The repository that `path` is in, as a held-out world: nobody was given it to learn from.

    Raises ConfigError if there is none, or its history has no past and future.
    """
    with opened(path) as repository:
        root = Path(str(repository.working_tree_dir))
        shallow = (_common_dir(repository) / "shallow").exists()
    world = World(name=root.resolve().name, folder=root, held_out=True)
    found = len(commits(world))
    if found < 2:
        raise ConfigError(
            f"The history of {root} has {'one commit' if found else 'no commit'}, and it takes two "
            f"to have a past and a future.",
            "Get the rest of the history with `git fetch --unshallow`."
            if shallow
            else "Choose a repository with a longer history.",
        )
    return world


def commits(world: World) -> list[Commit]:
    """The history, oldest first; nothing before the first commit."""
    with opened(world.folder) as repository:
        command = ["git", "rev-list", "--timestamp", "--first-parent", "--reverse", "HEAD"]
        status, printed, _ = repository.git.execute(
            command, with_extended_output=True, with_exceptions=False
        )
    lines = str(printed).splitlines() if status == 0 else []
    return [Commit(id=name, at=int(at)) for at, name in (line.split() for line in lines)]


def committed_at(world: World, commit: str) -> int:
    """Seconds since the epoch. Raises ConfigError if the commit is not there."""
    with opened(world.folder) as repository:
        check_commit(repository, commit)
        command = ["git", "rev-list", "--timestamp", "--max-count=1", commit]
        return int(str(repository.git.execute(command)).split()[0])


def check_order(world: World, first: str, last: str) -> None:
    """Raises ConfigError unless both commits are there, one before the other."""
    with opened(world.folder) as repository:
        for commit in (first, last):
            check_commit(repository, commit)
        status, _, _ = repository.git.execute(
            ["git", "merge-base", "--is-ancestor", first, last],
            with_extended_output=True,
            with_exceptions=False,
        )
    if status != 0 or first == last:
        raise ConfigError(
            f"Commit {first[:12]} does not come before {last[:12]} in the history of {world.name}.",
            "Name the earlier one first; if the history was rewritten, start anew.",
        )


def newest_shared(world: World, commit: str) -> str | None:
    """The newest commit of the history that is `commit` or came before it: another one if the work
    was done on a branch, which was merged, squashed or rebased since. None if the two have nothing
    in common, or `commit` is not there."""
    before = with_ancestors(world, commit)
    return next((each.id for each in reversed(commits(world)) if each.id in before), None)


def with_ancestors(world: World, commit: str) -> frozenset[str]:
    """`commit` and all that came before it, on whatever branch; empty if it is not there."""
    with opened(world.folder) as repository:
        if not _is_there(repository, commit):
            return frozenset()
        return frozenset(str(repository.git.execute(["git", "rev-list", commit])).split())


def is_there(world: World, commit: str) -> bool:
    with opened(world.folder) as repository:
        return _is_there(repository, commit)


def check_commit(repository: git.Repo, commit: str) -> None:
    """Raises ConfigError if it is not there."""
    if not _is_there(repository, commit):
        raise ConfigError(
            f"Commit {commit[:12]} is not in {repository.working_tree_dir}.",
            "If the history was rewritten since the last run, start anew without what that left; "
            "in a shallow clone, `git fetch --unshallow` brings the rest.",
        )


@contextlib.contextmanager
def opened(path: Path) -> Generator[git.Repo]:
    """The repository that `path` is in, for reading and never for fetching.

    Raises ConfigError if there is none with a working tree.
    """
    try:
        # An environment variable in the name of a folder is a name, not a variable.
        repository = git.Repo(path, search_parent_directories=True, expand_vars=False)
    except (git.GitError, OSError, ValueError) as error:
        raise ConfigError(
            f"{path} is in no git repository.",
            "Name a folder of one; `git init` and a few commits make one.",
        ) from error
    with repository:
        if repository.working_tree_dir is None:
            raise ConfigError(
                f"{path} is a bare repository, which shows no files.",
                "Clone it with `git clone`, and name the clone.",
            )
        common = _common_dir(repository)
        # Whoever starts this from a git hook has these set to another repository, and git would
        # believe them. A partial clone must not fetch, nor anything ask for a password.
        repository.git.update_environment(
            GIT_DIR=str(repository.git_dir),
            GIT_COMMON_DIR=str(common),
            GIT_OBJECT_DIRECTORY=str(common / "objects"),
            GIT_WORK_TREE=str(repository.working_tree_dir),
            GIT_NO_LAZY_FETCH="1",
            GIT_ALLOW_PROTOCOL="",  # the same for git before 2.39.4
            GIT_TERMINAL_PROMPT="0",
        )
        yield repository


def _is_there(repository: git.Repo, commit: str) -> bool:
    status, _, _ = repository.git.execute(
        ["git", "cat-file", "-e", f"{commit}^{{commit}}"],
        with_extended_output=True,
        with_exceptions=False,
    )
    return status == 0


def _common_dir(repository: git.Repo) -> Path:
    """As git finds it; GitPython would take the environment's word."""
    folder = Path(repository.git_dir)
    with contextlib.suppress(OSError):
        return folder / (folder / "commondir").read_text(encoding="utf-8").strip()
    return folder
