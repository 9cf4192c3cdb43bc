"""Clones of repositories that nights learn from by a URL: `clones/<hash of the URL>/` in the state
folder, and beside the clone the id of its repository, so that it is found to be forgotten."""

import hashlib
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from understudy_protocol.repository import RepositoryId
from understudy_releases.nights import alone_in, private_folder

CLONES = "clones"
OWNER_FILE = "repository"


def clone_home(state: Path, url: str) -> Path:
    return state / CLONES / hashlib.sha256(url.encode()).hexdigest()[:12]


@contextmanager
def only_fetch(home: Path) -> Generator[None]:
    """Nobody else clones, fetches or forgets there. Raises NightRuns."""
    private_folder(home.parent)
    with alone_in(home, "This repository is being cloned or fetched already"):
        yield


def note_owner(home: Path, repository: RepositoryId) -> None:
    (home / OWNER_FILE).write_text(repository, encoding="ascii")


def forget_clones(state: Path, repository: RepositoryId) -> int:
    """Remove all clones of a repository; how many there were. Raises NightRuns."""
    count = 0
    for owner in sorted((state / CLONES).glob(f"*/{OWNER_FILE}")):
        if owner.parent.is_symlink() or _text(owner) != repository:
            continue
        with only_fetch(owner.parent):
            shutil.rmtree(owner.parent)
        count += 1
    return count


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""
