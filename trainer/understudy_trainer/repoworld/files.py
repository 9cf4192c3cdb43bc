"""The files of a world as they were at a commit, without a checkout."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import git
import msgspec

from understudy_protocol.errors import ConfigError
from understudy_trainer.repoworld.worlds import World, check_commit, opened

LARGEST = 1_000_000
"""Bytes of a file that is read; what is longer was hardly typed."""

LINK, SUBMODULE = "120000", "160000"

_NO_NAME = re.compile(r"[\\\x00-\x1f\x7f\ud800-\udfff]")


class Files(msgspec.Struct, frozen=True):
    texts: dict[str, str]
    """By path, in git's order."""
    left_out: dict[str, int]
    """Reason → how many: `symbolic link`, `submodule`, `too large`, `not text`, `not here` (of a
    partial clone), `unsafe name`."""


class Blob(msgspec.Struct, frozen=True):
    path: str
    executable: bool
    content: bytes


def files_at(world: World, commit: str) -> Files:
    """Raises ConfigError if the commit is not there."""
    left_out: Counter[str] = Counter()
    texts: dict[str, str] = {}
    for blob in blobs_at(world, commit, leave_out=left_out.update):
        text = text_of(blob.content)
        if text is None:
            left_out["not text"] += 1
        else:
            texts[blob.path] = text
    return Files(texts=texts, left_out=dict(sorted(left_out.items())))


def blobs_at(
    world: World, commit: str, *, leave_out: Callable[[Iterable[str]], None]
) -> Iterator[Blob]:
    """Every file that can be read, text or not; `leave_out` is told the reasons of the others."""
    with opened(world.folder) as repository:
        check_commit(repository, commit)
        missing = _missing(repository, commit)
        for mode, name, path in _entries(repository, commit):
            reason = _reason(mode, path) or ("not here" if name in missing else None)
            if reason is None and repository.git.get_object_header(name)[2] > LARGEST:
                reason = "too large"
            if reason:
                leave_out([reason])
                continue
            content = repository.git.get_object_data(name)[3]
            yield Blob(path=path, executable=mode == "100755", content=content)


def text_of(content: bytes) -> str | None:
    """None unless it is UTF-8 text; a zero byte stands in none, but in UTF-16 without a mark."""
    if b"\0" in content:
        return None
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return None


def put(blob: Blob, folder: Path) -> None:
    """Writes it below `folder`; nothing if its path is not safe."""
    if not safe_path(blob.path):
        return
    path = folder / blob.path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(blob.content)
    path.chmod(0o755 if blob.executable else 0o644)


def safe_path(path: str) -> bool:
    """Whether it is text, and names a file below a folder on every system, none of git's own."""
    if _NO_NAME.search(path):
        return False
    return not any(part.lower() in ("", ".", "..", ".git") for part in path.split("/"))


def _entries(repository: git.Repo, commit: str) -> Iterator[tuple[str, str, str]]:
    """Mode, name of the object and path of everything in a commit."""
    for line in _ask(repository, "ls-tree", "-r", "-z", "--full-tree", commit).split(b"\0")[:-1]:
        about, _, path = line.partition(b"\t")
        mode, _, name = about.decode("ascii").split()
        yield mode, name, path.decode("utf-8", "surrogateescape")


def _missing(repository: git.Repo, commit: str) -> set[str]:
    """Names of the objects that a partial clone lacks. Git ends if it is asked for one, and may
    not fetch it."""
    told = _ask(repository, "rev-list", "--objects", "--missing=print", "--no-walk", commit)
    return {line[1:].decode("ascii") for line in told.splitlines() if line.startswith(b"?")}


def _reason(mode: str, path: str) -> str | None:
    if mode in (LINK, SUBMODULE):
        return "symbolic link" if mode == LINK else "submodule"
    return None if safe_path(path) else "unsafe name"


def _ask(repository: git.Repo, *command: str) -> bytes:
    try:
        printed = repository.git.execute(
            ["git", *command], stdout_as_string=False, strip_newline_in_stdout=False
        )
    except git.GitCommandError as error:
        raise ConfigError(
            f"Git cannot read a commit of {repository.working_tree_dir}.",
            "`git fsck` says what is broken; a clone without its trees cannot be read.",
        ) from error
    assert isinstance(printed, bytes)
    return printed
