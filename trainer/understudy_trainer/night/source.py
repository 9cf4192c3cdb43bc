"""Where a repository comes from: a folder, or a URL that is cloned and kept up to date."""

import os
import re
import shutil
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import git

from understudy_protocol.errors import ConfigError
from understudy_releases.clones import clone_home, only_fetch
from understudy_secrets.search import find_secrets

PART = ".part"
"""Folder that a clone is made in, so that what has the clone's name is whole."""

SLOW_S = 60
"""After which a connection that brings next to nothing is given up."""

_URL = re.compile(r"^[a-z][a-z0-9+.-]*://|^[\w.-]+@[\w.-]+:")


def is_url(source: str) -> bool:
    """
    >>> [is_url(each) for each in ("https://host/a.git", "git@host:a/b.git", "/home/a", "C:/a")]
    [True, True, False, False]
    """
    return _URL.match(source) is not None


def working_tree(source: str, state: Path) -> Path:
    """The folder to learn from. Of a URL it is a clone in the state folder, as its default branch
    is now; git's own credential helpers and keys give access, and none are kept here.

    Raises ConfigError if it cannot be cloned or fetched, or holds a password; NightRuns if another
    process clones or fetches it.
    """
    if not is_url(source):
        return Path(source)
    home = clone_home(state, source)
    refuse_password(source, state)
    folder = home / _name(source)
    with only_fetch(home):
        try:
            if (folder / ".git").exists():
                try:
                    _follow(folder)
                    return folder
                except git.GitError:
                    pass  # a kill may have damaged it; if not, cloning says what is wrong
            _clone(source, folder)
        except git.GitCommandError as error:
            said = str(error.stderr).strip().splitlines()
            raise ConfigError(
                f"{without_password(source)} cannot be cloned or fetched:"
                f" {said[-1] if said else 'git says nothing'}",
                "Check the URL, the network, and that git may read it without asking for a"
                " password.",
            ) from error
    return folder


def refuse_password(source: str, state: Path) -> None:
    """Raises ConfigError if `source` is a URL with a password, and removes a clone that an older
    Understudy made by it: everybody who may list processes would read the password, and git keeps
    it in the clone."""
    if not holds_password(source):
        return
    shutil.rmtree(clone_home(state, source), ignore_errors=True)
    raise ConfigError(
        f"The URL of {without_password(source)} was given with a password in it.",
        "Give it without one, and the password to a credential helper of git: `git config --global"
        " credential.helper store`, then `git ls-remote URL` once. Change the password if others"
        " use this machine.",
    )


def holds_password(source: str) -> bool:
    """Or a token, in the place of a user's name.

    >>> [holds_password(each) for each in ("https://u:p@host/a", "https://u@host/a", "git@h:a:b")]
    [True, False, False]
    """
    if "://" not in source:
        return False
    user, colon, _ = urlsplit(source).netloc.rpartition("@")[0].partition(":")
    return bool(colon or find_secrets(user, ""))


def without_password(source: str) -> str:
    """
    >>> without_password("https://user:secret@host/a.git")
    'https://host/a.git'
    """
    if "://" not in source:
        return source
    parts = urlsplit(source)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _clone(source: str, folder: Path) -> None:
    part = folder.with_name(PART)
    shutil.rmtree(part, ignore_errors=True)
    git.Repo.clone_from(source, part, env=_environment()).close()
    shutil.rmtree(folder, ignore_errors=True)
    part.rename(folder)


def _follow(folder: Path) -> None:
    _clear_locks(folder / ".git")
    with git.Repo(folder, expand_vars=False) as repository:
        repository.git.update_environment(**_environment())
        repository.git.fetch("--prune", "origin")
        repository.git.remote("set-head", "origin", "--auto")
        repository.git.reset("--hard", "--quiet", "origin/HEAD")


def _clear_locks(folder: Path) -> None:
    """Those of a git that was killed. Nobody else works in the clone: our own lock is held."""
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name != "objects"]
        for name in files:
            if name.endswith(".lock"):
                Path(place, name).unlink(missing_ok=True)


def _environment() -> dict[str, str]:
    """Of a git that nobody sits before: it neither asks nor waits for ever."""
    quiet = {
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_HTTP_LOW_SPEED_LIMIT": "1000",
        "GIT_HTTP_LOW_SPEED_TIME": str(SLOW_S),
    }
    theirs = os.environ.keys() & {"GIT_SSH", "GIT_SSH_COMMAND"}
    if not theirs and not _configured("core.sshCommand"):
        alive = f"-oConnectTimeout={SLOW_S} -oServerAliveInterval={SLOW_S // 4}"
        quiet["GIT_SSH_COMMAND"] = f"ssh -oBatchMode=yes {alive}"
    return quiet


def _configured(name: str) -> bool:
    """For everything that this user does with git."""
    command = ["git", "config", "--global", "--get", name]
    status, _, _ = git.Git().execute(command, with_extended_output=True, with_exceptions=False)
    return status == 0


def _name(source: str) -> str:
    last = re.split(r"[/:]", source.rstrip("/"))[-1].removesuffix(".git")
    return re.sub(r"[^\w.-]+", "-", last).strip(".-") or "repository"
