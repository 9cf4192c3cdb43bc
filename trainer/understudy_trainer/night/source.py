"""Where a repository comes from: a folder, or a URL that is cloned and kept up to date."""

import hashlib
import re
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import git

from understudy_protocol.errors import ConfigError

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

    Raises ConfigError if it cannot be cloned or fetched.
    """
    if not is_url(source):
        return Path(source)
    folder = state / "clones" / hashlib.sha256(source.encode()).hexdigest()[:12] / _name(source)
    environment = {"GIT_TERMINAL_PROMPT": "0"}
    try:
        if not (folder / ".git").exists():
            folder.parent.mkdir(parents=True, exist_ok=True)
            git.Repo.clone_from(source, folder, env=environment).close()
            return folder
        with git.Repo(folder, expand_vars=False) as repository:
            repository.git.update_environment(**environment)
            repository.git.fetch("--prune", "origin")
            repository.git.remote("set-head", "origin", "--auto")
            repository.git.reset("--hard", "--quiet", "origin/HEAD")
    except git.GitCommandError as error:
        said = str(error.stderr).strip().splitlines()
        raise ConfigError(
            f"{without_password(source)} cannot be cloned or fetched:"
            f" {said[-1] if said else 'git says nothing'}",
            "Check the URL, the network, and that git may read it without asking for a password.",
        ) from error
    return folder


def without_password(source: str) -> str:
    """
    >>> without_password("https://user:secret@host/a.git")
    'https://host/a.git'
    """
    if "://" not in source:
        return source
    parts = urlsplit(source)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _name(source: str) -> str:
    last = re.split(r"[/:]", source.rstrip("/"))[-1].removesuffix(".git")
    return re.sub(r"[^\w.-]+", "-", last).strip(".-") or "repository"
