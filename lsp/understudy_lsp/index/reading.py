"""The text of a file in the workspace, whatever stands in it."""

import codecs
import os
import stat
from pathlib import Path

import msgspec

from understudy_lsp.index.rules import FileOnDisk
from understudy_protocol.languages import language_of

MAX_CODE = 1 << 20
"""Bytes: some 25,000 lines. What is longer is made by programs."""

MAX_OTHER = 1 << 17
"""Bytes of a file that is not code, as far as can be seen: data is large and seldom repeated."""

MAX_MEAN_LINE = 400
"""Characters. Code that people write has about 35 a line, minified code thousands."""

_DATA = frozenset({"json", "yaml", "html", "markdown", "sql", ""})

_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class Reading(msgspec.Struct, frozen=True):
    file: FileOnDisk
    """As it was before it was read, so that what is written meanwhile counts as a change."""
    text: str | None
    """None if it is not a text that is worth keeping."""


def read(folder: Path, path: str) -> Reading:
    """Raises OSError if there is no such file, and for symbolic links and what is no file."""
    opened = os.open(folder / path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with open(opened, "rb") as source:
        status = os.fstat(opened)
        if not stat.S_ISREG(status.st_mode):
            raise FileNotFoundError(path)
        file = FileOnDisk(path, status.st_size, status.st_mtime_ns)
        if status.st_size > size_limit(path):
            return Reading(file, None)
        text = decoded(source.read(size_limit(path)))
    if text is not None and len(text) > MAX_MEAN_LINE * (text.count("\n") + 3):
        text = None
    return Reading(file, text)


def size_limit(path: str) -> int:
    """Bytes above which the file at `path` is not looked into."""
    return MAX_OTHER if (language_of(path) or "") in _DATA else MAX_CODE


def decoded(content: bytes) -> str | None:
    """Unicode by its mark or if it is valid UTF-8, otherwise Latin-1, which takes any byte; None
    for what is no text."""
    if content.startswith(_UTF_16):
        return content.decode("utf-16", "replace")
    if b"\0" in content:
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")
