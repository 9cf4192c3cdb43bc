"""Small git repositories, made by git itself with nobody's settings."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

MIDNIGHT = 1_700_000_000
"""When the first commit is made; each later one a day after the one before."""

DAY = 86_400


def git(folder: Path, *command: str, **environment: str) -> str:
    settings = {
        "HOME": str(folder),
        "PATH": os.environ["PATH"],
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "a",
        "GIT_AUTHOR_EMAIL": "a@b",
        "GIT_COMMITTER_NAME": "a",
        "GIT_COMMITTER_EMAIL": "a@b",
    }
    done = subprocess.run(
        ["git", *command],
        cwd=folder,
        env=settings | environment,
        check=True,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
    )
    return done.stdout.strip()


def history(folder: Path, *commits: Mapping[str, str | bytes]) -> list[str]:
    """A repository in `folder` with one commit for each set of files, which are added or changed;
    gives the commits' ids."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / ".git").exists():
        git(folder, "init", "--quiet", "--initial-branch=main")
    return [commit(folder, files, number) for number, files in enumerate(commits)]


def commit(folder: Path, files: Mapping[str, str | bytes], number: int = 0) -> str:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    git(folder, "add", "--all")
    moment = f"{MIDNIGHT + number * DAY} +0000"
    git(
        folder,
        *("commit", "--quiet", "--allow-empty", "--message=-"),
        GIT_AUTHOR_DATE=moment,
        GIT_COMMITTER_DATE=moment,
    )
    return git(folder, "rev-parse", "HEAD")
