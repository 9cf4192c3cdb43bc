"""Writing files so that a kill at any moment leaves the old content or the new, never a part."""

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

DIGEST_BYTES = 32


def write_whole(path: Path, content: bytes) -> None:
    """One writer at a time: what a kill left of the temporary file is written over."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.part")
    with temporary.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    _sync_folder(path.parent)


def write_whole_folder(path: Path, fill: Callable[[Path], None]) -> None:
    """`fill` writes the files of a folder, which then replaces the one that may be there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.part")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir()
    fill(temporary)
    for file in temporary.iterdir():
        with file.open("rb") as opened:
            os.fsync(opened.fileno())
    # A folder cannot be replaced in one step. Killed between the two, the run is not finished yet
    # and writes its result again.
    shutil.rmtree(path, ignore_errors=True)
    temporary.replace(path)
    _sync_folder(path.parent)


def sealed(content: bytes) -> bytes:
    """Content behind its own digest, so that a damaged file is known by `unsealed`."""
    return hashlib.blake2b(content, digest_size=DIGEST_BYTES).digest() + content


def unsealed(data: bytes) -> bytes | None:
    """What `sealed` was given; None if a byte is not what it was."""
    content = data[DIGEST_BYTES:]
    return content if sealed(content) == data else None


def _sync_folder(folder: Path) -> None:
    """A rename is durable only when its folder is."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
