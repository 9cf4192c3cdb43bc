"""The identity of a repository: what makes two clones of it the same thing to learn.

Root commit plus normalised remote, so that a clone, a worktree and a colleague's checkout share one
history of experience, and a fork with its own remote does not. Running git is the caller's
business; this module turns what git said into an id.
"""

import hashlib
import re
from typing import Annotated, NewType
from urllib.parse import urlsplit

import msgspec

RepositoryId = NewType("RepositoryId", str)
"""Slug and 12 hexadecimal digits, such as `click-3f9a1c2b8d4e`; safe as a folder and adapter
name."""

REPOSITORY_ID_PATTERN = r"^[a-z0-9][a-z0-9._-]{0,62}-[0-9a-f]{12}$(?!\n)"

WireRepositoryId = Annotated[RepositoryId, msgspec.Meta(pattern=REPOSITORY_ID_PATTERN)]


class Repository(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What identifies a repository. At least one field must be set."""

    root_commit: str | None = None
    """The oldest commit reachable from HEAD without parents (the first by date if there are
    several)."""
    remote: str | None = None
    """URL of `origin` (or the only remote), as git prints it."""
    folder: str | None = None
    """Absolute path of the workspace folder; used only when the folder is not under git."""


def repository_id(repository: Repository) -> RepositoryId:
    """The id under which experience and releases of `repository` are kept.

    Raises ValueError if no field is set.
    """
    remote = normalise_remote(repository.remote) if repository.remote else None
    if repository.root_commit is None and remote is None:
        if repository.folder is None:
            raise ValueError("a repository needs a root commit, a remote or a folder")
        key, name = f"folder\0{repository.folder}", repository.folder
    else:
        key = f"git\0{repository.root_commit or ''}\0{remote or ''}"
        name = remote or repository.folder or "repository"
    digest = hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()[:12]
    return RepositoryId(f"{_slug(name)}-{digest}")


def normalise_remote(url: str) -> str:
    """`host/path` in lower case: without scheme, user, password, port, `.git` and trailing slashes.

    >>> normalise_remote("git@GitHub.com:Pallets/click.git")
    'github.com/pallets/click'
    >>> normalise_remote("https://user:secret@github.com/pallets/click/")
    'github.com/pallets/click'
    """
    url = url.strip()
    if (web := _split(url)) is not None:
        host, path = web
    elif (scp := re.match(r"^(?:[^@/\s]+@)?([^:/\s]{2,}):(?!\\)(.*)$", url)) is not None:
        host, path = scp.group(1), scp.group(2)
    else:
        host, path = "", url.replace("\\", "/")
    path = re.sub(r"/+", "/", path).strip("/").removesuffix(".git").rstrip("/")
    return f"{host}/{path}".lower() if host else path.lower()


def _split(url: str) -> tuple[str, str] | None:
    """Host and path of a URL with a scheme; None if it is none."""
    if "://" not in url:
        return None
    try:
        parts = urlsplit(url)
        return parts.hostname or "", parts.path
    except ValueError:  # git lets anything stand in its configuration, `https://[` included
        return None


def _slug(name: str) -> str:
    last = re.split(r"[/\\]", name.rstrip("/\\"))[-1].lower()
    slug = re.sub(r"[^a-z0-9._]+", "-", last).strip("-._")[:40].strip("-._")
    return slug or "repository"
