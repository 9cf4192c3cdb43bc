"""A new repository with exactly the commits it is given: the same bytes give the same ids.

`git fast-import` makes the commits, because `git add` would heed the settings of whoever runs it
(line ends, filters, ignored files, the file system's idea of a name).
"""

import os
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import BinaryIO

import msgspec

from understudy_protocol.errors import ConfigError

AUTHOR = b"RepoWorld <repoworld@localhost>"

AS_IT_IS = "* -text -eol -ident -filter -working-tree-encoding\n"
"""Attributes that stand above those of the repository: a file in the working tree is its blob."""


class NewCommit(msgspec.Struct, frozen=True):
    message: str
    at: int
    """Seconds since the epoch."""
    files: Mapping[str, tuple[bytes, bool]]
    """Path → content, and whether it can be executed; all files there are."""


def write_repository(folder: Path, commits: Iterable[NewCommit]) -> str:
    """Makes `folder`, which must be new or empty, and checks the last commit out; gives its id."""
    folder.mkdir(parents=True, exist_ok=True)
    _git(folder, "init", "--quiet", "--template=")
    with tempfile.TemporaryFile() as stream:
        for number, commit in enumerate(commits, start=1):
            _write_commit(stream, commit, number=number)
        stream.write(b"done\n")
        stream.seek(0)
        _git(folder, "fast-import", "--quiet", "--done", stdin=stream)
    _git(folder, "symbolic-ref", "HEAD", "refs/heads/main")
    info = folder / ".git" / "info"
    info.mkdir(exist_ok=True)
    (info / "attributes").write_text(AS_IT_IS, encoding="ascii")
    _git(folder, "reset", "--quiet", "--hard")
    return head_of(folder)


def head_of(folder: Path) -> str:
    return _git(folder, "rev-parse", "HEAD").decode("ascii").strip()


def _write_commit(stream: BinaryIO, commit: NewCommit, *, number: int) -> None:
    stream.write(b"commit refs/heads/main\nmark :%d\n" % number)
    stream.write(b"committer %b %d +0000\n" % (AUTHOR, commit.at))
    _write_data(stream, commit.message.encode("utf-8"))
    if number > 1:
        stream.write(b"from :%d\n" % (number - 1))
    stream.write(b"deleteall\n")
    for path in sorted(commit.files):
        content, executable = commit.files[path]
        quoted = path.encode("utf-8").replace(b"\\", b"\\\\").replace(b'"', b'\\"')
        stream.write(b'M %b inline "%b"\n' % (b"100755" if executable else b"100644", quoted))
        _write_data(stream, content)


def _write_data(stream: BinaryIO, content: bytes) -> None:
    stream.write(b"data %d\n" % len(content))
    stream.write(content)
    stream.write(b"\n")


def _git(folder: Path, *command: str, stdin: BinaryIO | None = None) -> bytes:
    try:
        done = subprocess.run(
            ["git", "-c", "core.longpaths=true", *command],
            cwd=folder,
            env=_environment(),
            stdin=stdin or subprocess.DEVNULL,
            capture_output=True,
        )
    except OSError as error:
        raise ConfigError(f"Git cannot be started: {error}.", "Install git.") from error
    if done.returncode != 0:
        told = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["it said nothing"]
        raise ConfigError(
            f"`git {command[0]}` failed in {folder}: {told[-1]}",
            "Delete the folder, see that the disk has room, and run it again.",
        )
    return done.stdout


def _environment() -> dict[str, str]:
    """Nothing that a git hook leaves behind, and nobody's own settings, hooks or filters."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return ours | {
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_DEFAULT_HASH": "sha1",
    }
